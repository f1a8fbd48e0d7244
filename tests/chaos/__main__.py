"""`make chaos`: JOBS jobs (5,000) through the local stack over the DynamoDB of the environment, with failures.

Ends with a table, and with 1 if anything was lost, done twice, not proven or not recorded.
"""

from __future__ import annotations

import logging
import os
import sys

from local.demo import CALLBACK_TOKEN, GATEWAY_TOKEN, Seed
from local.gateway.stand_in import StandInGateway
from local.log_folder import local_folder
from local.stack import ROOT, LocalStack
from tests.chaos.report import table
from tests.chaos.run import Day

DYNAMODB = "AWS_ENDPOINT_URL_DYNAMODB"
# Execution environments of one function: two processors have no use for more.
CONCURRENCY = 3
THINK_SECONDS = 0.5
# Longer than the product waits before it asks after a run; a real gateway's two minutes would only be waited for.
OVERDUE_SECONDS = 35.0
TOLD = 30


def main() -> int:
    """Run it; the exit code."""
    logging.basicConfig(format="%(message)s")
    for chatty in ("local", "samtranslator"):  # that workers die is what this is for
        logging.getLogger(chatty).setLevel(logging.ERROR)
    gateway = StandInGateway(
        GATEWAY_TOKEN, CALLBACK_TOKEN, think_seconds=THINK_SECONDS, restart_wait_seconds=OVERDUE_SECONDS
    )
    gateway.start()
    try:
        return _run(gateway, int(os.environ.get("JOBS") or 5000))
    finally:
        gateway.stop()


def _run(gateway: StandInGateway, jobs: int) -> int:
    logs, dynamodb = local_folder(ROOT) / "chaos", os.environ.get(DYNAMODB)
    parameters = {"OpenClawUrl": gateway.url}
    seed = Seed()
    with LocalStack(parameters, logs=logs, dynamodb=dynamodb, concurrency=CONCURRENCY, prepare=seed) as stack:
        if errors := stack.import_errors():
            raise RuntimeError(f"functions do not start: {errors}, see {logs}")
        os.environ.update(stack.import_environment("ApiFunction"))
        done = Day(stack, seed.demo, gateway, _say).live(jobs)
    for _, sentence in done.wrong[:TOLD]:
        print(f"WRONG: {sentence}")
    print(table(done))
    return 1 if done.wrong else 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
