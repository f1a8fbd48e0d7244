"""Collects the state of the stack after a run: jobs, logs, the gateway's runs, and dead-letter queues."""

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
from tests.chaos.checker import Evidence, GatewayRun, violations
from tests.chaos.history import History
from tests.chaos.scenarios import scenario_of

PAGE = 100
MOST_EVENTS = 1000
# Seconds that the recorder may need to catch up when nothing is killed any more.
MAX_RECORDING_TIME = 1800.0
MESSAGE_COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


class Collector:
    """Compares the data of one workspace with the history of requests."""

    def __init__(self, stack: LocalStack, workspace: str) -> None:
        tables = stack.env("ApiFunction")
        self._jobs, self._events = JobStore(tables["JOBS_TABLE"]), EventStore(tables["EVENTS_TABLE"])
        self._stack, self._workspace = stack, workspace

    def violations(
        self, history: History, runs: Mapping[str, list[GatewayRun]]
    ) -> Iterator[tuple[str | None, str]]:
        """Yields each violation as a sentence, with the job's id or None."""
        end = time.monotonic() + MAX_RECORDING_TIME
        accepted = {job_id: number for number, ids in history.jobs.items() for job_id in ids}
        for stored in self._all_jobs():
            if stored.id not in accepted:
                yield stored.id, f"job {stored.id} was never accepted"
        for job_id, number in sorted(accepted.items()):
            job, log = self._recorded_job(job_id, end)
            if job is None:
                yield job_id, f"job {job_id} is missing"
                continue
            evidence = Evidence(
                scenario_of(number), job, log, history.passed, history.pushed, runs.get(job_id, [])
            )
            yield from ((job_id, violation) for violation in violations(evidence))
        for job_id in set(runs) - set(accepted):
            yield None, f"the gateway ran {job_id}, which was never accepted"
        yield from ((None, violation) for violation in self._request_violations(history))
        yield from (
            (None, f"{name} holds {messages} messages") for name, messages in self._dead_letter_counts()
        )

    def _all_jobs(self) -> Iterator[Job]:
        before = None
        while page := self._jobs.page(JobQuery(workspace_id=self._workspace, types=()), PAGE, before):
            yield from page
            before = page[-1].id

    def _recorded_job(self, job_id: str, end: float) -> tuple[Job | None, list[Event]]:
        """Returns the job and its log, when the log is complete or the recorder's time is up."""
        while True:
            job = self._jobs.get(self._workspace, job_id)
            page = self._events.page(self._workspace, job_id, None, MOST_EVENTS)
            log = [event for event in page if not is_gap_marker(event)]
            if job is None or (log and log[-1].version >= job.version) or time.monotonic() > end:
                return job, log
            time.sleep(0.5)

    @staticmethod
    def _request_violations(history: History) -> Iterator[str]:
        for number, ids in history.jobs.items():
            if len(ids) != 1:
                yield f"request {number} created {sorted(ids)}"
        yield from history.refused

    def _dead_letter_counts(self) -> Iterator[tuple[str, int]]:
        """Yields the name and the number of messages of each dead-letter queue that is not empty."""
        client = self._stack.client("sqs")
        for url in dead_letter_queues(client):
            attributes = client.get_queue_attributes(QueueUrl=url, AttributeNames=list(MESSAGE_COUNTS))[
                "Attributes"
            ]
            if messages := sum(int(attributes[name]) for name in MESSAGE_COUNTS):
                yield url.rpartition("/")[2], messages


def dead_letter_queues(client: Any) -> list[str]:
    """Returns the URLs of the queues that another queue's redrive policy names."""
    urls = sorted(client.list_queues().get("QueueUrls", []))
    return [url for url in urls if client.list_dead_letter_source_queues(QueueUrl=url).get("queueUrls")]


def runs_by_job(calls: Iterable[ModelCall]) -> dict[str, list[GatewayRun]]:
    """Returns the gateway's runs by the id of their job."""
    runs: dict[str, list[GatewayRun]] = defaultdict(list)
    for call in calls:
        key = call.key or ""
        runs[key.split(":")[1] if key.count(":") == 2 else key].append(GatewayRun(key, call.scheduled_run_id))
    return runs
