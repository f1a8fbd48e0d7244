"""What is seen of the jobs' logs: each event that is written, each record that is set aside, and what a check says."""

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
    """The logs of a cloud beside what its witness has seen."""

    def __init__(self, cloud: Cloud, history: History) -> None:
        self._cloud, self._history = cloud, history
        cloud.stream_failure_listeners.append(self.set_aside)

    def appended(self, workspace_id: str, event: Event, text: str) -> ObservedJob:
        """An event was written, or written again."""
        observed, schedule = self._history.job(workspace_id, event.job_id), self._cloud.schedule
        if is_gap_marker(event):
            began = schedule.process.deadline - TIMEOUTS["recorder"] if schedule.process else schedule.now
            observed.log.mark_missing(event.payload["firstVersion"], event.payload["lastVersion"], began)
        else:
            observed.log.appended(position(event), text, schedule.now)
        return observed

    def set_aside(self, body: str) -> None:
        """The recorder, or the mapping of the stream, has set something aside."""
        for workspace_id, job_id, version in self._cloud.stream.versions_in(body):
            self._history.job(workspace_id, job_id).log.add_dead_letter(version)

    def dropped(self, body: str) -> Iterator[str]:
        """4. What was set aside is dropped once it is in the log."""
        for workspace_id, job_id, version in self._cloud.stream.versions_in(body):
            if version in self._history.job(workspace_id, job_id).log.missing_versions():
                yield f"job {job_id[-2:]}: version {version} is not in the log, and is dropped"

    def at_end(self) -> Iterator[str]:
        """4, in the end: a check of a log names the first thing that it lacks, and nothing else; what can be recorded
        is not set aside any more.
        """
        self._note_what_is_lost()
        for observed in self._history.observed_jobs.values():
            if observed.versions:
                yield from self._checked(observed)
        for body in self._cloud.stream_dead_letters.bodies:
            versions = self._cloud.stream.versions_in(body)
            if versions and not any(self._is_lost(version) for version in versions):
                yield f"it is still set aside, and could be recorded: {body[:200]}"

    def _checked(self, observed: ObservedJob) -> Iterator[str]:
        audit = LogVerifier(self._cloud.jobs, self._cloud.deployment.events, self._cloud.schedule.clock)
        told = audit.verify(*observed.key, None, MOST_EVENTS)
        found = (told.broken.kind, told.broken.version) if told.broken else None
        if found != observed.log.first_break():
            yield f"job {observed.key[1][-2:]}: a check says {told.broken}, and it is {observed.log.first_break()}"
        if told.status is not (LogStatus.BROKEN if found else LogStatus.INTACT):
            yield f"job {observed.key[1][-2:]}: its log is said to be {told.status}"
        if told.broken and told.broken.kind is not BreakKind.EDIT and not told.broken.searched_at:
            yield f"job {observed.key[1][-2:]}: a check does not say that version {told.broken.version} was looked for"

    def _note_what_is_lost(self) -> None:
        """Records that no repair can have: nobody can read them, or the stream has dropped them."""
        stream = self._cloud.stream
        for body in self._cloud.stream_dead_letters.bodies:
            if "DDBStreamBatchInfo" in json.loads(body) and stream.is_expired(body):
                stream.lost.update(stream.versions_in(body))
        for workspace_id, job_id, version in stream.lost:
            self._history.job(workspace_id, job_id).log.unrecordable.add(version)

    def _is_lost(self, version: tuple[str, str, int]) -> bool:
        return version in self._cloud.stream.lost


def batches_retry_only_on_faults(process: Process) -> Iterator[str]:
    """4. What cannot be recorded holds up nothing: a batch comes again only for what befell the recorder."""
    if not process.faults:
        yield "a batch comes again, and nothing had befallen the recorder"
