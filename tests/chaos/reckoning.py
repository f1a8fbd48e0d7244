"""What has to be true when it is over: what was promised ended once, ran once, and is recorded whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from local.openclaw_cron import ModelCall
from local.stack import LocalStack
from mosaic.events.log import EventStore
from mosaic.events.model import Event, EventType
from mosaic.jobs.lifecycle import ENDED
from mosaic.jobs.model import Job
from mosaic.jobs.store import JobStore
from tests.chaos.load import Ledger

PAGE = 500
ENDINGS = {EventType.JOB_COMPLETED, EventType.JOB_FAILED, EventType.JOB_CANCELLED}
DEAD = ("DispatchDeadLetterQueue", "RecorderDeadLetterQueue")


class Reckoning:
    """Looks at every promised job, its log, the gateway's runs and the dead-letter queues."""

    def __init__(self, jobs: JobStore, events: EventStore, workspace: str) -> None:
        self._jobs, self._events, self._workspace = jobs, events, workspace

    def settled(self, ids: Iterable[str]) -> list[str]:
        """Those of these jobs that are over and wholly recorded, their clean-up done."""
        return [job_id for job_id in ids if self._is_settled(job_id)]

    def _is_settled(self, job_id: str) -> bool:
        job = self._jobs.get(self._workspace, job_id)
        if job is None or job.status not in ENDED:
            return False
        return bool(self._events.page(self._workspace, job_id, f"{job.version - 1:08d}.999", 1))

    def wrong(self, ledger: Ledger, runs: Iterable[ModelCall], stack: LocalStack) -> list[str]:
        """What is not as it should be, a sentence each."""
        found = [
            f"request {number} made {sorted(ids)}" for number, ids in ledger.jobs.items() if len(ids) != 1
        ]
        for job_id in ledger.ids:
            job = self._jobs.get(self._workspace, job_id)
            found += self._of_job(job) if job else [f"job {job_id} is gone"]
        found += _of_runs(runs)
        return found + [f"{name} holds {held} messages" for name in DEAD if (held := _held(stack, name))]

    def _of_job(self, job: Job) -> Iterable[str]:
        if job.status not in ENDED:
            yield f"job {job.id} is {job.status}"
        log = self._log(job.id)
        versions = [event.version for event in log]
        if sorted(set(versions)) != list(range(1, job.version + 1)) or versions != sorted(versions):
            yield f"the log of job {job.id} has gaps"
        endings = Counter(event.type for event in log if event.type in ENDINGS)
        if sum(endings.values()) != 1:
            yield f"job {job.id} ended {dict(endings)}"
        accepted = sum(event.type is EventType.DISPATCH_ACCEPTED for event in log)
        if accepted > job.attempt:
            yield f"job {job.id} was dispatched {accepted} times in {job.attempt} attempts"

    def _log(self, job_id: str) -> list[Event]:
        return list(self._events.page(self._workspace, job_id, None, PAGE))


def _of_runs(runs: Iterable[ModelCall]) -> Iterable[str]:
    """A key is one attempt; its declaration is one, however often the gateway itself runs that again."""
    declared: dict[str, set[str]] = {}
    for run in runs:
        declared.setdefault(run.key or "", set()).add(run.declaration_id)
    return [f"{key} was taken on {len(ids)} times" for key, ids in declared.items() if len(ids) > 1]


def _held(stack: LocalStack, name: str) -> int:
    told = stack.client("sqs").get_queue_attributes(
        QueueUrl=stack.resource(name), AttributeNames=["ApproximateNumberOfMessages"]
    )
    return int(told["Attributes"]["ApproximateNumberOfMessages"])
