"""Checks the jobs' event logs: written events, dead letters of the stream, and the results of log
verification.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from mosaic.events.model import Event, is_gap_marker
from mosaic.events.verify import BreakKind
from mosaic.services.verify_log import LogStatus, LogVerifier
from mosaic.storage.event_log import position
from tests.simulation.checkers.history import History, ObservedJob
from tests.simulation.simulator.cloud import Cloud
from tests.simulation.simulator.functions import TIMEOUTS
from tests.simulation.simulator.schedule import Process

MOST_EVENTS = 2000


class EventLogChecker:
    """Compares the event logs of a deployment with the observed versions."""

    def __init__(self, cloud: Cloud, history: History) -> None:
        self._cloud, self._history = cloud, history
        cloud.stream_failure_listeners.append(self.add_dead_letter)

    def appended(self, workspace_id: str, event: Event, text: str) -> ObservedJob:
        """Adds an event that was written, possibly again."""
        observed, schedule = self._history.job(workspace_id, event.job_id), self._cloud.schedule
        if is_gap_marker(event):
            started_at = (
                schedule.process.deadline - TIMEOUTS["recorder"] if schedule.process else schedule.now
            )
            observed.log.mark_missing(event.payload["firstVersion"], event.payload["lastVersion"], started_at)
        else:
            observed.log.appended(position(event), text, schedule.now)
        return observed

    def add_dead_letter(self, body: str) -> None:
        """Adds a dead letter of the stream, from the recorder or from Lambda."""
        for workspace_id, job_id, version in self._cloud.stream.versions_in(body):
            self._history.job(workspace_id, job_id).log.add_dead_letter(version)

    def dead_letter_deleted(self, body: str) -> Iterator[str]:
        """4. A dead letter of the stream is deleted only after its versions are in the log."""
        for workspace_id, job_id, version in self._cloud.stream.versions_in(body):
            if version in self._history.job(workspace_id, job_id).log.missing_versions():
                yield f"job {job_id[-2:]}: version {version} was deleted before it was in the log"

    def at_end(self) -> Iterator[str]:
        """4. At rest, log verification names the first missing version, and every recordable version was recorded."""
        self._mark_lost_versions()
        for observed in self._history.observed_jobs.values():
            if observed.versions:
                yield from self._verify(observed)
        for body in self._cloud.stream_dead_letters.bodies:
            versions = self._cloud.stream.versions_in(body)
            if versions and not any(self._is_lost(version) for version in versions):
                yield f"a recordable dead letter was left: {body[:200]}"

    def _verify(self, observed: ObservedJob) -> Iterator[str]:
        verifier = LogVerifier(self._cloud.jobs, self._cloud.deployment.events, self._cloud.schedule.clock)
        result = verifier.verify(*observed.key, None, MOST_EVENTS)
        expected, broken = observed.log.first_break(), result.broken
        name = f"job {observed.short_id}"
        if (broken and (broken.kind, broken.version)) != expected:
            yield f"{name}: verification reports {broken} instead of {expected}"
        if result.status is not (LogStatus.BROKEN if broken else LogStatus.INTACT):
            yield f"{name}: verification reports its log as {result.status}"
        if broken and broken.kind is not BreakKind.EDIT and not broken.searched_at:
            yield f"{name}: verification does not say where it searched for version {broken.version}"

    def _mark_lost_versions(self) -> None:
        """Marks versions whose records cannot be parsed or have expired."""
        stream = self._cloud.stream
        for body in self._cloud.stream_dead_letters.bodies:
            if "DDBStreamBatchInfo" in json.loads(body) and stream.is_expired(body):
                stream.lost.update(stream.versions_in(body))
        for workspace_id, job_id, version in stream.lost:
            self._history.job(workspace_id, job_id).log.unrecordable.add(version)

    def _is_lost(self, version: tuple[str, str, int]) -> bool:
        return version in self._cloud.stream.lost


def batches_retry_only_on_faults(process: Process) -> Iterator[str]:
    """4. A record that cannot be recorded does not block the stream: only faults cause a batch to be retried."""
    if not process.faults:
        yield "a batch is retried, and the recorder had no fault"
