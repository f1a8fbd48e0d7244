"""`make chaos` runs JOBS jobs (5,000) with failures through the local stack, over the DynamoDB of the
environment.

Prints violations and a table. The exit code is 1 if a job was lost, ran twice, skipped a gate, or lacks
events.
"""

from __future__ import annotations

import logging
import os
import sys

from local.demo import CALLBACK_TOKEN, GATEWAY_TOKEN, Seed
from local.gateway.stand_in import StandInGateway
from local.log_folder import local_folder
from local.stack import ROOT, LocalStack
from mosaic.storage.access import AccessStore
from tests.chaos.report import table
from tests.chaos.run import ChaosRun

DYNAMODB = "AWS_ENDPOINT_URL_DYNAMODB"
# The execution environments of a function; more would only wait for the two processors.
CONCURRENCY = 3
THINK_SECONDS = 0.5
# Longer than the product waits before it reconciles a run. A real gateway's two minutes would only cost time.
OVERDUE_SECONDS = 35.0
MAX_VIOLATIONS = 30


def main() -> int:
    """Runs the jobs. Returns the exit code."""
    logging.basicConfig(format="%(message)s")
    for name in ("local", "samtranslator"):  # they log killed workers, which are expected here
        logging.getLogger(name).setLevel(logging.ERROR)
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
            raise RuntimeError(f"functions failed to start: {errors}, see {logs}")
        os.environ.update(stack.import_environment("ApiFunction"))
        _remove_limits(AccessStore(stack.env("ApiFunction")["ACCESS_TABLE"]), seed.demo.workspace)
        outcome = ChaosRun(stack, seed.demo, gateway, _log).run(jobs)
    for _, violation in outcome.violations[:MAX_VIOLATIONS]:
        print(f"VIOLATION: {violation}")
    print(table(outcome))
    return 1 if outcome.violations else 0


def _remove_limits(store: AccessStore, workspace_id: str) -> None:
    """Lets the jobs of all people start, as many at once as the stack can run. Only pushed commits count."""
    known = store.workspace(workspace_id)
    if known is None:
        raise RuntimeError(f"the workspace {workspace_id} was not seeded")
    unlimited = {
        "guests_need_approval": False,
        "max_running": None,
        "daily_budget": None,
        "require_push": True,
    }
    store.configure(known, known.model_copy(update={**unlimited, "version": known.version + 1}))


def _log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
