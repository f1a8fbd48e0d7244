"""`make chaos`: JOBS jobs (5,000) through the local stack over the DynamoDB of the environment, with failures.

Ends with a table, and with 1 if anything was lost, done twice, not proven or not recorded.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

from local.demo import CALLBACK_TOKEN, GATEWAY_TOKEN, Demo, seed
from local.openclaw import StandInGateway
from local.stack import ROOT, LocalStack
from mosaic.jobs.store import JobStore
from tests.chaos.ledger import Ledger
from tests.chaos.load import Load
from tests.chaos.people import People
from tests.chaos.survey import Survey, runs_by_job
from tests.chaos.trouble import Trouble
from tests.chaos.web import Web

DYNAMODB = "AWS_ENDPOINT_URL_DYNAMODB"
# Execution environments of one function: two processors have no use for more.
CONCURRENCY = 3
THINK_SECONDS = 0.5
# Longer than the product waits before it asks after a run; a real gateway's two minutes would only be waited for.
OVERDUE_SECONDS = 35.0
CONNECTIONS = 12
# Messages that were lost come back within minutes, by the sweep.
PATIENCE = 900.0
# On AWS the sweep comes once a minute. When only lost messages are left, more often is sooner over.
SWEEP_EVERY = 10.0
LOOK_EVERY = 1.0
TOLD = 30


def main() -> int:
    """Run it; the exit code."""
    jobs, dynamodb = int(os.environ.get("JOBS") or 5000), os.environ.get(DYNAMODB)
    gateway = StandInGateway(
        GATEWAY_TOKEN, CALLBACK_TOKEN, think_seconds=THINK_SECONDS, restart_wait_seconds=OVERDUE_SECONDS
    )
    gateway.start()
    parameters, logs = {"OpenClawUrl": gateway.url}, ROOT / ".local" / "chaos"
    try:
        with LocalStack(parameters, logs=logs, dynamodb=dynamodb, concurrency=CONCURRENCY) as stack:
            return run(stack, seed(stack), gateway, jobs)
    finally:
        gateway.stop()


def run(stack: LocalStack, demo: Demo, gateway: StandInGateway, jobs: int) -> int:
    """Load and trouble at once, then quiet until every story is over, then the reckoning."""
    if broken := stack.broken():
        raise RuntimeError(f"functions do not start: {broken}")
    os.environ.update(stack.import_environment("ApiFunction"))
    table = stack.env("ApiFunction")["JOBS_TABLE"]
    ledger = Ledger()
    web = Web(stack.url, ledger, CONNECTIONS)
    people = People(lambda: JobStore(table), web, demo, ledger)
    trouble = Trouble(stack, gateway, ledger, demo.workspace)
    began = time.monotonic()
    trouble.start()
    Load(web, demo, ledger, people.follow, people.count_open).run(jobs)
    asked = time.monotonic() - began
    until(people, jobs // 10, lambda: None)
    trouble.stop()
    until(people, 0, lambda: sweep(stack))
    took = time.monotonic() - began
    people.leave()
    calls = gateway.model_calls
    found = list(Survey(stack, demo.workspace).wrong(ledger, calls))
    for _, sentence in found[:TOLD]:
        print(f"WRONG: {sentence}")
    count = ledger.counted
    bad = {job_id for job_id, _ in found if job_id}
    runs = [run for of_job in runs_by_job(calls).values() for run in of_job]
    show(
        {
            "accepted": len(ledger.ids),
            "ended once an attempt, as they should, recorded whole": len(set(ledger.ids) - bad),
            "dispatched (attempts that the gateway ran)": len({run.key for run in runs}),
            "gates reported": count["gates"],
            "cancelled while they ran": count["cancel"],
            "retried": count["retry"],
            "duplicates absorbed (requests, reports and messages sent again)": count["repeated"]
            + count["reported twice"]
            + count["messages"],
            "requests that got no answer and were asked again": count["unanswered"],
            "kills (SIGKILL to a worker at work)": count["kills"],
            "restarts of the gateway": count["restarts"],
            "wrong": len(found),
            "seconds to ask for all": round(asked),
            "seconds until all had ended": round(took),
        }
    )
    return 1 if found else 0


def until(people: People, enough: int, meanwhile: Callable[[], None]) -> None:
    """Wait until no more than `enough` jobs go on, or patience is over; `meanwhile` is called now and then."""
    end = time.monotonic() + PATIENCE
    looked = 0.0
    while (left := people.count_open()) > enough and time.monotonic() < end:
        if time.monotonic() - looked > SWEEP_EVERY:
            print(f"{left} left", file=sys.stderr, flush=True)
            meanwhile()
            looked = time.monotonic()
        time.sleep(LOOK_EVERY)


def sweep(stack: LocalStack) -> None:
    """One sweep more."""
    stack.invoke("SweeperFunction", {})


def show(table: dict[str, int]) -> None:
    """The table of docs/reliability.md."""
    lines = (f"| {name} | {count:,} |" for name, count in table.items())
    print("\n".join(["", "| | |", "|---|---:|", *lines]))


if __name__ == "__main__":
    sys.exit(main())
