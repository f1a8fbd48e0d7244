"""Looks at everything that is left when it is over: jobs, logs, the gateway's runs, the queues of the dead."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from local.gateway.cron import ModelCall
from local.stack import LocalStack
from mosaic.events.model import Event, is_gap_marker
from mosaic.jobs.job_query import JobQuery
from mosaic.jobs.model import Job
from mosaic.storage.event_log import EventStore
from mosaic.storage.jobs import JobStore
from tests.chaos.checker import Evidence, Run, wrong
from tests.chaos.history import Ledger
from tests.chaos.scenarios import story_of

PAGE = 100
MOST_EVENTS = 1000
# How long the recorder may need for what it is behind, when nothing is killed any more.
RECORDED_WITHIN = 1800.0
HELD = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


class Survey:
    """What a stack holds of one workspace, against what was promised."""

    def __init__(self, stack: LocalStack, workspace: str) -> None:
        tables = stack.env("ApiFunction")
        self._jobs, self._events = JobStore(tables["JOBS_TABLE"]), EventStore(tables["EVENTS_TABLE"])
        self._stack, self._workspace = stack, workspace

    def wrong(self, ledger: Ledger, ran: Mapping[str, list[Run]]) -> Iterator[tuple[str | None, str]]:
        """What is not as it should be, a sentence each, and the job that it is about if it is about one."""
        end = time.monotonic() + RECORDED_WITHIN
        promised = {job_id: number for number, ids in ledger.jobs.items() for job_id in ids}
        for job in self._everything():
            if job.id not in promised:
                yield job.id, f"job {job.id} was promised to nobody"
        for job_id, number in sorted(promised.items()):
            found, log = self._recorded(job_id, end)
            if found is None:
                yield job_id, f"job {job_id} is gone"
                continue
            known = Evidence(story_of(number), found, log, ledger.passed, ran.get(job_id, []))
            yield from ((job_id, sentence) for sentence in wrong(known))
        for job_id in set(ran) - set(promised):
            yield None, f"the gateway ran {job_id}, which nobody was promised"
        yield from ((None, sentence) for sentence in self._of_requests(ledger))
        yield from ((None, f"{name} holds {held} messages") for name, held in self._dead())

    def _everything(self) -> Iterator[Job]:
        before = None
        while page := self._jobs.page(JobQuery(workspace_id=self._workspace, types=()), PAGE, before):
            yield from page
            before = page[-1].id

    def _recorded(self, job_id: str, end: float) -> tuple[Job | None, list[Event]]:
        """The job and its log, once that has caught up or the recorder has had its time."""
        while True:
            job = self._jobs.get(self._workspace, job_id)
            told = self._events.page(self._workspace, job_id, None, MOST_EVENTS)
            log = [event for event in told if not is_gap_marker(event)]
            if job is None or (log and log[-1].version >= job.version) or time.monotonic() > end:
                return job, log
            time.sleep(0.5)

    @staticmethod
    def _of_requests(ledger: Ledger) -> Iterator[str]:
        for number, ids in ledger.jobs.items():
            if len(ids) != 1:
                yield f"request {number} made {sorted(ids)}"
        yield from ledger.refused

    def _dead(self) -> Iterator[tuple[str, int]]:
        """Every queue that another one gives up to, and what it holds."""
        client = self._stack.client("sqs")
        for url in dead_letter_queues(client):
            told = client.get_queue_attributes(QueueUrl=url, AttributeNames=list(HELD))["Attributes"]
            if held := sum(int(told[name]) for name in HELD):
                yield url.rpartition("/")[2], held


def dead_letter_queues(client: Any) -> list[str]:
    """The URLs of the queues that are the end of another's redrive policy."""
    urls = sorted(client.list_queues().get("QueueUrls", []))
    return [url for url in urls if client.list_dead_letter_source_queues(QueueUrl=url).get("queueUrls")]


def runs_by_job(calls: Iterable[ModelCall]) -> dict[str, list[Run]]:
    """The gateway's runs by the id of the job whose attempt they are."""
    runs: dict[str, list[Run]] = defaultdict(list)
    for call in calls:
        key = call.key or ""
        runs[key.split(":")[1] if key.count(":") == 2 else key].append(Run(key, call.scheduled_run_id))
    return runs
