"""`make chaos`: JOBS jobs (5,000) through the local stack over the DynamoDB of the environment, with failures.

Ends with a table, and with 1 if anything was lost, done twice or not recorded.
"""

from __future__ import annotations

import os
import sys
import time

from local.demo import CALLBACK_TOKEN, GATEWAY_TOKEN, Demo, seed
from local.openclaw import StandInGateway
from local.stack import ROOT, LocalStack
from mosaic.events.log import EventStore
from mosaic.jobs.store import JobStore
from tests.chaos.load import Load
from tests.chaos.reckoning import Reckoning
from tests.chaos.trouble import Trouble

DYNAMODB = "AWS_ENDPOINT_URL_DYNAMODB"
# Messages that were lost come back within minutes, by the sweep.
PATIENCE = 1200.0
LOOK_EVERY = 3.0


def main() -> int:
    """Run it; the exit code."""
    jobs, dynamodb = int(os.environ.get("JOBS") or 5000), os.environ.get(DYNAMODB)
    gateway = StandInGateway(GATEWAY_TOKEN, CALLBACK_TOKEN, think_seconds=0.5)
    gateway.start()
    logs = ROOT / ".local" / "chaos"
    try:
        with LocalStack({"OpenClawUrl": gateway.url}, logs=logs, dynamodb=dynamodb) as stack:
            return run(stack, seed(stack), gateway, jobs)
    finally:
        gateway.stop()


def run(stack: LocalStack, demo: Demo, gateway: StandInGateway, jobs: int) -> int:
    """Load and trouble at once, then quiet until everything has ended, then the reckoning."""
    os.environ.update(stack.import_environment("ApiFunction"))
    tables = stack.env("ApiFunction")
    reckoning = Reckoning(JobStore(tables["JOBS_TABLE"]), EventStore(tables["EVENTS_TABLE"]), demo.workspace)
    load = Load(stack.url, demo, jobs)
    trouble = Trouble(stack, gateway, load.ledger, demo.workspace)
    began = time.monotonic()
    trouble.start()
    load.run()
    asked = time.monotonic() - began
    left = wait(reckoning, set(load.ledger.ids), len(load.ledger.ids) // 10)
    trouble.stop()
    left = wait(reckoning, left, 0)
    took = time.monotonic() - began
    runs = gateway.model_calls
    wrong = reckoning.wrong(load.ledger, runs, stack)
    for sentence in wrong[:20]:
        print(f"WRONG: {sentence}")
    table = {
        "accepted": len(load.ledger.ids),
        "ended once, recorded whole": len(load.ledger.ids) - len(left),
        "dispatched (attempts that the gateway took on)": len({run.key for run in runs}),
        "duplicates absorbed (requests and deliveries asked again, messages)": load.ledger.repeated
        + trouble.messages,
        "requests that got no answer and were asked again": load.ledger.unanswered,
        "kills (SIGKILL to workers)": trouble.kills,
        "restarts of the gateway": trouble.restarts,
        "wrong": len(wrong),
        "seconds to ask for all": round(asked),
        "seconds until all had ended": round(took),
    }
    print(
        "\n".join(["", "| | |", "|---|---:|", *(f"| {name} | {count:,} |" for name, count in table.items())])
    )
    return 1 if wrong or left else 0


def wait(reckoning: Reckoning, left: set[str], enough: int) -> set[str]:
    """Those that have not ended when no more than `enough` are left, or patience is over."""
    end = time.monotonic() + PATIENCE
    while len(left) > enough and time.monotonic() < end:
        time.sleep(LOOK_EVERY)
        left = left - set(reckoning.settled(sorted(left)[:300]))
        print(f"{len(left)} left", file=sys.stderr, flush=True)
    return left


if __name__ == "__main__":
    sys.exit(main())
