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
from tests.simulation.checkers.standing_approvals import (
    applicable_capabilities,
    standing_approvals_are_applied,
    starts_running,
)
from tests.simulation.simulator.api_gateway import AuthorizedRequest
from tests.simulation.simulator.cloud import Cloud
from tests.simulation.simulator.functions import CALLBACK_TOKEN, TIMEOUTS, WEBHOOK_SECRET
from tests.simulation.simulator.gateway_host import tools_of_agent
from tests.simulation.simulator.issued_tokens import SECRET_PART
from tests.simulation.simulator.notifications import job_id_of
from tests.simulation.simulator.schedule import Process

# Somebody else saved first, or is writing the comment; the forge cannot be reached.
EXPECTED_ERRORS = (StaleJob, CommentBusy, ForgeUnavailable)
SECRETS = (CALLBACK_TOKEN, WEBHOOK_SECRET, "test-callback-key", "run.token", SECRET_PART)


# Who can do nothing when the job that they are asked about cannot be read.
JOB_READERS = frozenset({"api", "webhook", "notifier"})


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
        self._runs_left_behind: set[str] = set()
        self._on_call: dict[str, Callable[..., None]] = {
            "FakeGateway.remove": self._nobody_stops_what_goes_on,
            "FakeQueue.send": self._enqueued,
            "FakeComments.create": lambda *args: self._commented(args[2], is_new=True),
            "FakeComments.update": lambda *args: self._commented(args[2], is_new=False),
            "FakeEventLog.append": self._appended,
            "FakeJobs.clear_due": self._due_cleared,
            "FakeJobs.exclude_from_sweep": lambda _, job_id: self._dead_letters.unscheduled(job_id),
        }
        cloud.failed_dispatches.on_handled = lambda message: report_violations(
            "nothing_is_lost", self._dead_letters.handled(message)
        )
        cloud.failed_dispatches.on_dead_letter = lambda message: report_violations(
            "poisoned_has_failed", self._dead_letters.moved_to_dead_letters(message)
        )
        cloud.version_listeners.append(self._saved)
        cloud.call_listeners.append(self._called)
        cloud.functions.on_error = self._function_raised
        cloud.functions.on_batch_retry = self._batch_retried
        cloud.gateway_host.interruption_listeners.append(self.history.gateway_interrupted)
        cloud.gateway_host.data_loss_listeners.append(self.history.gateway_lost_data)
        cloud.gateway_host.run_listeners.append(self._hook_run_started)
        cloud.api_gateway.request_listeners.append(self._request_authorized)
        cloud.api_gateway.response_listeners.append(self._responded)
        cloud.gateway_host.callback_listeners.append(
            lambda body: check(invariants.ON_RUN, self.history.called_back(body))
        )

    def _saved(self, old: Job | None, new: Job) -> None:
        observed = self.history.saved(old, new)
        observed.is_authorized = self._is_authorized(new)
        if starts_running(old, new):
            observed.standing_capabilities = applicable_capabilities(
                self.history.given_approvals, new, self._cloud.schedule.now
            )
        check(invariants.ON_VERSION, observed)
        now = self._cloud.schedule.now
        for violation in self._budget_model.saved(observed, self._cloud.workspace, now):
            raise InvariantViolation(f"a_budget_is_kept: job {observed.key[1][-2:]}: {violation}")
        for violation in standing_approvals_are_applied(self.history.given_approvals, old, new, now):
            raise InvariantViolation(
                f"what_stands_is_not_asked_again: job {observed.key[1][-2:]}: {violation}"
            )
        report_violations("poisoned_has_failed", self._dead_letters.saved(old, new))
        self._places_are_enough()
        for marker, jobs in self.history.jobs_by_request.items():
            if len(jobs) > 1:
                raise InvariantViolation(
                    f"promises_are_kept: {marker} was asked for once and made {len(jobs)} jobs"
                )

    def _called(self, name: str, args: tuple[Any, ...]) -> None:
        for observed in self.history.new_runs(self._cloud.gateway.created):
            check(invariants.ON_RUN, observed)
        if name in self._on_call:
            self._on_call[name](*args)
        elif name.startswith("FakeDeadLetters"):
            self._dead_letter_called(name, *args)

    def _enqueued(self, job_message: JobMessage, *_: object) -> None:
        check(invariants.ON_MESSAGE, self.history.enqueued(job_message.workspace_id, job_message.job_id))
        self._dead_letters.enqueued(job_message.job_id)

    def _due_cleared(self, job: Job) -> None:
        """Who settles an ended job has cleaned up after it, or is the poison function, and nobody could."""
        process = self._cloud.schedule.process
        if process and process.name == "dead-letter":
            self._runs_left_behind.add(job.id)

    def _appended(self, workspace_id: str, event: Event) -> None:
        text = self._cloud.deployment.events.offered
        self._check_no_secrets(text)
        check(invariants.ON_EVENT, self._event_log.appended(workspace_id, event, text))

    def _dead_letter_called(self, name: str, *args: Any) -> None:
        process = self._cloud.schedule.process
        is_recorder = process is not None and process.name == "recorder"
        if name == "FakeDeadLetters.delete":
            checker = self._event_log if is_recorder else self._dead_letters
            report_violations("nothing_is_lost", checker.dropped(args[0].body))
        elif name == "FakeDeadLetters.put" and is_recorder:
            self._event_log.set_aside(args[0])
        elif name == "FakeDeadLetters.put":
            report_violations("poisoned_has_failed", self._dead_letters.added(args[0]))

    def _batch_retried(self, process: Process) -> None:
        report_violations("nobody_is_held_up", event_log.batches_retry_only_on_faults(process))

    def _request_authorized(self, request: AuthorizedRequest) -> None:
        issued = self.history.tokens.find(request.bearer)
        for violation in access.requests_have_a_valid_token(request, issued):
            raise InvariantViolation(f"requests_have_a_valid_token: {violation}")
        if issued:
            self.history.last_request_at[issued.holder.workspace_id, issued.holder.actor] = request.at

    def _responded(self, request: AuthorizedRequest, response: Answered) -> None:
        observed_jobs = self.history.observed_jobs.values()
        for violation in access.responses_stay_in_the_workspace(request, response, observed_jobs):
            raise InvariantViolation(f"responses_stay_in_the_workspace: {violation}")

    def _is_authorized(self, job: Job) -> bool:
        """Whether who changed the job came in so lately that the api may still be at it, if they came by the api."""
        actor = job.change.actor
        last_request_at = self.history.last_request_at.get((job.workspace_id, actor), -inf)
        return (
            not actor.startswith(("token:", "run:"))
            or self._cloud.schedule.now - last_request_at <= TIMEOUTS["api"]
        )

    def _commented(self, body: str, *, is_new: bool) -> None:
        self._check_no_secrets(body)
        check(invariants.ON_COMMENT, self.history.commented(job_id_of(body), body, is_new=is_new))

    def _hook_run_started(self, request: RunRequest) -> None:
        check(invariants.ON_RUN, self.history.hook_run_started(request, tools_of_agent(request.agent)))

    def _nobody_stops_what_goes_on(self, scheduled_run_id: str) -> None:
        """3. The state changes first, and then the gateway is told to stop a run, unless it is out of time."""
        deadline = self._cloud.schedule.clock() + timedelta(seconds=60)
        for observed in self.history.observed_jobs.values():
            intent = observed.now.dispatch if observed.versions else None
            is_current = (
                intent is not None
                and intent.scheduled_run_id == scheduled_run_id
                and intent.deadline > deadline
            )
            if (
                is_current
                and observed.now.status is JobStatus.RUNNING
                and observed.now.phase is Phase.EXECUTION
            ):
                raise InvariantViolation(
                    f"the_state_changes_first: job {observed.key[1][-2:]}: its run was stopped while it went on"
                )

    def _places_are_enough(self) -> None:
        """No more runs go on in a workspace than it lets go on."""
        limit = self._cloud.workspace.max_running
        running = [
            observed.key[1][-2:]
            for observed in self.history.observed_jobs.values()
            if observed.versions
            and observed.now.status is JobStatus.RUNNING
            and observed.now.phase is not Phase.VALIDATION
        ]
        if limit is not None and len(running) > limit:
            raise InvariantViolation(
                f"places_are_enough: {running} run at once, and there is a place for {limit}"
            )

    def _function_raised(self, process: Process, error: Exception) -> None:
        """A function may fail by what befell it, or because somebody else saved first; who was asked about one job
        may fail because that cannot be read. Else it has a bug.
        """
        if process.name in JOB_READERS and isinstance(error, ValidationError) and self._cloud.jobs.unreadable:
            return
        if not process.faults and not isinstance(error, EXPECTED_ERRORS) and not is_refused(error):
            raise InvariantViolation(f"{process.name} failed for no reason: {error!r}") from error

    @staticmethod
    def _check_no_secrets(text: str) -> None:
        """8. No secret appears in an event or a response."""
        if any(secret in text for secret in SECRETS):
            raise InvariantViolation(f"nothing_secret_is_told: {text[:200]}")

    def at_end(self) -> None:
        """Everything has come to rest, and is as it should be."""
        report_violations("the_log_says_what_it_lacks", self._event_log.at_end())
        report_violations("nothing_is_lost", self._dead_letters.at_end())
        for observed in self.history.observed_jobs.values():
            check(
                invariants.AT_END if observed.versions else (invariants.accepted_jobs_are_stored,), observed
            )
            if observed.versions and observed.now.source.kind in self._cloud.notified_providers:
                check(invariants.ON_NOTIFIED_JOB, observed)
        for response in self.history.responses:
            self._check_no_secrets(response)
        self._check_at_rest()

    def _check_at_rest(self) -> None:
        if pending := self._cloud.pending_work():
            raise InvariantViolation(f"not at rest: {pending}")
        for job in self._cloud.jobs.everything():
            for run in job.run_handles:
                if job.id not in self._runs_left_behind and self._cloud.gateway.find(run.key):
                    raise InvariantViolation(f"not at rest: the gateway still holds {run.key}")


def report_violations(invariant: str, violations: Iterator[str]) -> None:
    for violation in violations:
        raise InvariantViolation(f"{invariant}: {violation}")


def is_refused(error: Exception) -> bool:
    """Whether DynamoDB does not take what it was handed, however often."""
    return getattr(error, "cause_response_code", None) == REFUSED


def check(about: tuple[Invariant, ...], observed: ObservedJob) -> None:
    """Raise Broken for the first of these invariants that does not hold of the case."""
    for invariant in about:
        for violation in invariant(observed):
            raise InvariantViolation(f"{invariant.__name__}: job {observed.key[1][-2:]}: {violation}")
