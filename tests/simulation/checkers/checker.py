"""Asks the invariants after every step, about whatever the step touched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from math import inf
from typing import Any

from pydantic import ValidationError

from mosaic.events.model import Event
from mosaic.forge.comments import ForgeUnavailable
from mosaic.jobs.errors import StaleJob
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Phase
from mosaic.openclaw.model import RunRequest
from mosaic.services.consume_stream import REFUSED
from mosaic.services.notify_issue import CommentBusy
from mosaic.storage.job_queue import JobMessage
from tests.fakes.api import Answered
from tests.simulation.checkers import access, event_log, invariants
from tests.simulation.checkers.budget_model import BudgetModel
from tests.simulation.checkers.dead_letters import DeadLetterChecker
from tests.simulation.checkers.event_log import EventLogChecker
from tests.simulation.checkers.history import History, ObservedJob
from tests.simulation.checkers.invariants import Invariant
from tests.simulation.checkers.standing_approvals import begins, counted, what_stands_is_not_asked_again
from tests.simulation.simulator.api_gateway import Entry
from tests.simulation.simulator.cloud import Cloud
from tests.simulation.simulator.functions import CALLBACK_TOKEN, TIMEOUTS, WEBHOOK_SECRET
from tests.simulation.simulator.gateway_host import ceiling
from tests.simulation.simulator.issued_tokens import SECRET
from tests.simulation.simulator.notifications import job_id_of
from tests.simulation.simulator.schedule import Process

# Somebody else saved first, or is writing the comment; the forge cannot be reached.
NOBODYS_FAULT = (StaleJob, CommentBusy, ForgeUnavailable)
SECRETS = (CALLBACK_TOKEN, WEBHOOK_SECRET, "test-callback-key", "run.token", SECRET)


# Who can do nothing when the job that they are asked about cannot be read.
ASKED = frozenset({"api", "webhook", "notifier"})


class InvariantViolation(BaseException):
    """An invariant does not hold; the message names it, the job, and what is wrong. No handler may catch it."""


class Checker:
    """Watches a cloud. Raises Broken in the step that breaks an invariant."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.history = History()
        self._budget_model = BudgetModel()
        self._event_log = EventLogChecker(cloud, self.history)
        self._dead_letters = DeadLetterChecker(cloud)
        self._left_behind: set[str] = set()
        self._of_calls: dict[str, Callable[..., None]] = {
            "FakeGateway.remove": self._nobody_stops_what_goes_on,
            "FakeQueue.send": self._sent,
            "FakeComments.create": lambda *args: self._written(args[2], is_new=True),
            "FakeComments.update": lambda *args: self._written(args[2], is_new=False),
            "FakeEventLog.append": self._appended,
            "FakeJobs.clear_due": self._settled,
            "FakeJobs.exclude_from_sweep": lambda _, job_id: self._dead_letters.shelved(job_id),
        }
        cloud.failed_dispatches.done = lambda message: _complain(
            "nothing_is_lost", self._dead_letters.done(message)
        )
        cloud.failed_dispatches.moved_on = lambda message: _complain(
            "poisoned_has_failed", self._dead_letters.moved_on(message)
        )
        cloud.version_listeners.append(self._saved)
        cloud.call_listeners.append(self._stepped)
        cloud.functions.failed = self._failed
        cloud.functions.held_up = self._held_up
        cloud.gateway_host.interrupted.append(self.history.interrupted)
        cloud.gateway_host.forgot.append(self.history.forgot)
        cloud.gateway_host.begun.append(self._begun)
        cloud.api_gateway.entered.append(self._entered)
        cloud.api_gateway.answered.append(self._answered)
        cloud.gateway_host.callbacks.append(
            lambda body: ask(invariants.OF_A_RUN, self.history.called_back(body))
        )

    def _saved(self, old: Job | None, new: Job) -> None:
        observed = self.history.saved(old, new)
        observed.let_in = self._is_let_in(new)
        if begins(old, new):
            observed.stood = counted(self.history.given, new, self._cloud.schedule.now)
        ask(invariants.OF_A_VERSION, observed)
        now = self._cloud.schedule.now
        for violation in self._budget_model.saved(observed, self._cloud.workspace, now):
            raise InvariantViolation(f"a_budget_is_kept: job {observed.key[1][-2:]}: {violation}")
        for violation in what_stands_is_not_asked_again(self.history.given, old, new, now):
            raise InvariantViolation(
                f"what_stands_is_not_asked_again: job {observed.key[1][-2:]}: {violation}"
            )
        _complain("poisoned_has_failed", self._dead_letters.saved(old, new))
        self._places_are_enough()
        for marker, jobs in self.history.same.items():
            if len(jobs) > 1:
                raise InvariantViolation(
                    f"promises_are_kept: {marker} was asked for once and made {len(jobs)} jobs"
                )

    def _stepped(self, name: str, args: tuple[Any, ...]) -> None:
        for observed in self.history.took_on(self._cloud.gateway.created):
            ask(invariants.OF_A_RUN, observed)
        if name in self._of_calls:
            self._of_calls[name](*args)
        elif name.startswith("FakeDeadLetters"):
            self._set_aside(name, *args)

    def _sent(self, job_message: JobMessage, *_: object) -> None:
        ask(invariants.OF_A_MESSAGE, self.history.sent(job_message.workspace_id, job_message.job_id))
        self._dead_letters.helped(job_message.job_id)

    def _settled(self, job: Job) -> None:
        """Who settles an ended job has cleaned up after it, or is the poison function, and nobody could."""
        process = self._cloud.schedule.process
        if process and process.name == "dead-letter":
            self._left_behind.add(job.id)

    def _appended(self, workspace_id: str, event: Event) -> None:
        written = self._cloud.deployment.events.offered
        self._hush(written)
        ask(invariants.OF_THE_LOG, self._event_log.appended(workspace_id, event, written))

    def _set_aside(self, name: str, *args: Any) -> None:
        process = self._cloud.schedule.process
        archived = process is not None and process.name == "recorder"
        if name == "FakeDeadLetters.delete":
            box = self._event_log if archived else self._dead_letters
            _complain("nothing_is_lost", box.dropped(args[0].body))
        elif name == "FakeDeadLetters.put" and archived:
            self._event_log.set_aside(args[0])
        elif name == "FakeDeadLetters.put":
            _complain("poisoned_has_failed", self._dead_letters.put(args[0]))

    def _held_up(self, process: Process) -> None:
        _complain("nobody_is_held_up", event_log.held_up(process))

    def _entered(self, entry: Entry) -> None:
        held = self.history.keys.known(entry.bearer)
        for violation in access.nobody_comes_in_without_a_token(entry, held):
            raise InvariantViolation(f"nobody_comes_in_without_a_token: {violation}")
        if held:
            self.history.came_in[held.holder.workspace_id, held.holder.actor] = entry.at

    def _answered(self, entry: Entry, answer: Answered) -> None:
        observed_jobs = self.history.observed_jobs.values()
        for violation in access.nobody_is_told_what_is_not_theirs(entry, answer, observed_jobs):
            raise InvariantViolation(f"nobody_is_told_what_is_not_theirs: {violation}")

    def _is_let_in(self, job: Job) -> bool:
        """Whether who changed the job came in so lately that the api may still be at it, if they came by the api."""
        who = job.change.actor
        came = self.history.came_in.get((job.workspace_id, who), -inf)
        return not who.startswith(("token:", "run:")) or self._cloud.schedule.now - came <= TIMEOUTS["api"]

    def _written(self, body: str, *, is_new: bool) -> None:
        self._hush(body)
        ask(invariants.OF_A_COMMENT, self.history.commented(job_id_of(body), body, is_new=is_new))

    def _begun(self, request: RunRequest) -> None:
        ask(invariants.OF_A_RUN, self.history.begun(request, ceiling(request.agent)))

    def _nobody_stops_what_goes_on(self, scheduled_run_id: str) -> None:
        """3. The state changes first, and then the gateway is told to stop a run, unless it is out of time."""
        soon = self._cloud.schedule.clock() + timedelta(seconds=60)
        for observed in self.history.observed_jobs.values():
            order = observed.now.dispatch if observed.versions else None
            known = order is not None and order.scheduled_run_id == scheduled_run_id and order.deadline > soon
            if known and observed.now.status is JobStatus.RUNNING and observed.now.phase is Phase.EXECUTION:
                raise InvariantViolation(
                    f"the_state_changes_first: job {observed.key[1][-2:]}: its run was stopped while it went on"
                )

    def _places_are_enough(self) -> None:
        """No more runs go on in a workspace than it lets go on."""
        most = self._cloud.workspace.max_running
        going = [
            observed.key[1][-2:]
            for observed in self.history.observed_jobs.values()
            if observed.versions
            and observed.now.status is JobStatus.RUNNING
            and observed.now.phase is not Phase.VALIDATION
        ]
        if most is not None and len(going) > most:
            raise InvariantViolation(
                f"places_are_enough: {going} run at once, and there is a place for {most}"
            )

    def _failed(self, process: Process, error: Exception) -> None:
        """A function may fail by what befell it, or because somebody else saved first; who was asked about one job
        may fail because that cannot be read. Else it has a bug.
        """
        if process.name in ASKED and isinstance(error, ValidationError) and self._cloud.jobs.unreadable:
            return
        if not process.faults and not isinstance(error, NOBODYS_FAULT) and not is_refused(error):
            raise InvariantViolation(f"{process.name} failed for no reason: {error!r}") from error

    @staticmethod
    def _hush(text: str) -> None:
        """8. No secret appears in an event or a response."""
        if any(secret in text for secret in SECRETS):
            raise InvariantViolation(f"nothing_secret_is_told: {text[:200]}")

    def in_the_end(self) -> None:
        """Everything has come to rest, and is as it should be."""
        _complain("the_log_says_what_it_lacks", self._event_log.in_the_end())
        _complain("nothing_is_lost", self._dead_letters.in_the_end())
        for observed in self.history.observed_jobs.values():
            ask(invariants.IN_THE_END if observed.versions else (invariants.promises_are_kept,), observed)
            if observed.versions and observed.now.source.kind in self._cloud.notified_providers:
                ask(invariants.OF_AN_ISSUE, observed)
        for answer in self.history.answers:
            self._hush(answer)
        self._is_at_rest()

    def _is_at_rest(self) -> None:
        if busy := self._cloud.pending_work():
            raise InvariantViolation(f"not at rest: {busy}")
        for job in self._cloud.jobs.everything():
            for declared in job.run_handles:
                if job.id not in self._left_behind and self._cloud.gateway.find(declared.key):
                    raise InvariantViolation(f"not at rest: the gateway still holds {declared.key}")


def _complain(invariant: str, violations: Iterator[str]) -> None:
    for violation in violations:
        raise InvariantViolation(f"{invariant}: {violation}")


def is_refused(error: Exception) -> bool:
    """Whether DynamoDB does not take what it was handed, however often."""
    return getattr(error, "cause_response_code", None) == REFUSED


def ask(about: tuple[Invariant, ...], observed: ObservedJob) -> None:
    """Raise Broken for the first of these invariants that does not hold of the case."""
    for invariant in about:
        for violation in invariant(observed):
            raise InvariantViolation(f"{invariant.__name__}: job {observed.key[1][-2:]}: {violation}")
