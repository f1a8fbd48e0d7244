"""Checks the invariants after every step, for the job that the step changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf
from typing import Any, get_args

from pydantic import ValidationError

from mosaic.events.model import Event
from mosaic.forge import answer_comment
from mosaic.forge.comments import ForgeUnavailable
from mosaic.forge.intent import Command
from mosaic.jobs.errors import StaleJob
from mosaic.jobs.model import Job
from mosaic.openclaw.model import RunRequest
from mosaic.services.comment_writer import CommentBusy
from mosaic.services.consume_stream import REFUSED
from mosaic.storage.job_queue import JobMessage
from tests.fakes.api import ApiResponse
from tests.fakes.deployment import CALLBACK_KEY, RUN_TOKEN_KEY
from tests.simulation.checkers import access, cross_job, event_log, invariants
from tests.simulation.checkers.budget_model import BudgetModel
from tests.simulation.checkers.dead_letters import DeadLetterChecker
from tests.simulation.checkers.event_log import EventLogChecker
from tests.simulation.checkers.history import History, ObservedJob
from tests.simulation.checkers.invariants import Invariant
from tests.simulation.checkers.issue_authors import (
    can_take,
    commands_reach_the_job_that_is_meant,
    lowest_role,
)
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

# Errors that are part of normal operation: a concurrent writer, or a forge that is unavailable.
EXPECTED_ERRORS = (StaleJob, CommentBusy, ForgeUnavailable)
SECRETS = (CALLBACK_TOKEN, WEBHOOK_SECRET, CALLBACK_KEY, RUN_TOKEN_KEY, "run.token", SECRET_PART)


# Functions that may fail when the job of a request cannot be parsed.
JOB_READERS = frozenset({"api", "webhook", "notifier"})


class InvariantViolation(BaseException):
    """An invariant does not hold. The message has its name, the job, and the violation.

    It is no Exception, so that no handler of the product catches it.
    """


class Checker:
    """Observes a deployment. Raises InvariantViolation in the step that violates an invariant."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.history = History()
        self.history.now = lambda: cloud.schedule.now
        self._budget_model = BudgetModel()
        self._event_log = EventLogChecker(cloud, self.history)
        self._dead_letters = DeadLetterChecker(cloud)
        self._runs_left_behind: set[str] = set()
        self._answered_issues: list[int] = []
        self._on_call: dict[str, Callable[..., None]] = {
            "FakeGateway.remove": self._run_removed,
            "FakeQueue.send": self._enqueued,
            "FakeComments.create": lambda _, issue, body: self._commented(body, issue=issue),
            "FakeComments.update": lambda _, __, body: self._commented(body),
            "FakeEventLog.append": self._appended,
            "FakeJobs.clear_due": self._due_cleared,
            "FakeJobs.exclude_from_sweep": lambda _, job_id: self._dead_letters.excluded_from_sweep(job_id),
        }
        cloud.failed_dispatches.on_handled = lambda message: report_violations(
            "dead_letters_are_not_lost", self._dead_letters.handled(message)
        )
        cloud.failed_dispatches.on_dead_letter = lambda message: report_violations(
            "dead_lettered_jobs_fail", self._dead_letters.moved_to_dead_letters(message)
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
        for verb in get_args(Command):
            if can_take(verb, new) and not (old and can_take(verb, old)):
                observed.able_since[verb] = self._cloud.schedule.now
        if starts_running(old, new):
            observed.running_since = self._cloud.schedule.now
            is_trusted = lowest_role(observed) != "guest"
            granted = self._cloud.workspace.granted(new.profile, new.repository)
            observed.granted_capabilities = granted if is_trusted else frozenset()
            observed.standing_capabilities = applicable_capabilities(
                self.history.given_approvals, new, self._cloud.schedule.now
            )
        check(invariants.ON_VERSION, observed)
        meant = commands_reach_the_job_that_is_meant(observed, self._readable_jobs(), self.history.commands)
        report_violations("commands_reach_the_job_that_is_meant", meant, observed)
        now = self._cloud.schedule.now
        usage = self._budget_model.saved(observed, self._cloud.workspace, now)
        report_violations("budgets_are_respected", usage, observed)
        approvals = standing_approvals_are_applied(self.history.given_approvals, old, new, now)
        report_violations("standing_approvals_are_applied", approvals, observed)
        report_violations("dead_lettered_jobs_fail", self._dead_letters.saved(old, new))
        slots = self._cloud.workspace.max_running
        running = cross_job.slots_are_not_exceeded(self.history.observed_jobs.values(), slots)
        report_violations("slots_are_not_exceeded", running)
        created = cross_job.requests_create_one_job(self.history.jobs_by_request)
        report_violations("requests_create_one_job", created)

    def _readable_jobs(self) -> Iterator[ObservedJob]:
        """Yields the jobs that the product can read; no command can reach the others."""
        unreadable = self._cloud.jobs.unreadable
        for observed in self.history.observed_jobs.values():
            if observed.versions and (observed.now.workspace_id, observed.now.id) not in unreadable:
                yield observed

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
        """Notes jobs whose due time the dead-letter function cleared: their runs stay at the gateway."""
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
            report_violations("dead_letters_are_not_lost", checker.dead_letter_deleted(args[0].body))
        elif name == "FakeDeadLetters.put" and is_recorder:
            self._event_log.add_dead_letter(args[0])
        elif name == "FakeDeadLetters.put":
            report_violations("dead_lettered_jobs_fail", self._dead_letters.added(args[0]))

    def _batch_retried(self, process: Process) -> None:
        report_violations("batches_retry_only_on_faults", event_log.batches_retry_only_on_faults(process))

    def _request_authorized(self, request: AuthorizedRequest) -> None:
        issued = self.history.tokens.find(request.bearer)
        violations = access.requests_have_a_valid_token(request, issued)
        report_violations("requests_have_a_valid_token", violations)
        if issued:
            self.history.last_request_at[issued.holder.workspace_id, issued.holder.actor] = request.at

    def _responded(self, request: AuthorizedRequest, response: ApiResponse) -> None:
        observed_jobs = self.history.observed_jobs.values()
        violations = access.responses_stay_in_the_workspace(request, response, observed_jobs)
        report_violations("responses_stay_in_the_workspace", violations)

    def _is_authorized(self, job: Job) -> bool:
        """Returns whether the actor of this version, if an API caller, had a request within the api's timeout."""
        actor = job.change.actor
        last_request_at = self.history.last_request_at.get((job.workspace_id, actor), -inf)
        return (
            not actor.startswith(("token:", "run:"))
            or self._cloud.schedule.now - last_request_at <= TIMEOUTS["api"]
        )

    def _commented(self, body: str, *, issue: int | None = None) -> None:
        """Checks a comment that was updated, or created on `issue`."""
        self._check_no_secrets(body)
        if not body.startswith(answer_comment.MARKER):
            is_new = issue is not None
            check(invariants.ON_COMMENT, self.history.commented(job_id_of(body), body, is_new=is_new))
        elif issue is not None:
            self._answered_issues.append(issue)
            twice = (f"issue {issue}",) if self._answered_issues.count(issue) > 1 else ()
            report_violations("issue_has_one_comment_for_answers", iter(twice))

    def _hook_run_started(self, request: RunRequest) -> None:
        check(invariants.ON_RUN, self.history.hook_run_started(request, tools_of_agent(request.agent)))

    def _run_removed(self, scheduled_run_id: str) -> None:
        jobs, now = self.history.observed_jobs.values(), self._cloud.schedule.clock()
        violations = cross_job.running_jobs_keep_their_runs(jobs, scheduled_run_id, now)
        report_violations("running_jobs_keep_their_runs", violations)

    def _function_raised(self, process: Process, error: Exception) -> None:
        """Checks that an exception of a function has a cause.

        A function may fail by a fault, by a concurrent writer, or by a job that cannot be parsed.
        """
        if process.name in JOB_READERS and isinstance(error, ValidationError) and self._cloud.jobs.unreadable:
            return
        if not process.faults and not isinstance(error, EXPECTED_ERRORS) and not is_refused(error):
            raise InvariantViolation(f"{process.name} raised without a fault: {error!r}") from error

    @staticmethod
    def _check_no_secrets(text: str) -> None:
        """8. No secret appears in an event or a response."""
        if any(secret in text for secret in SECRETS):
            raise InvariantViolation(f"secrets_are_not_exposed: {text[:200]}")

    def at_end(self) -> None:
        """Checks the invariants of a system at rest."""
        report_violations("missing_events_are_marked", self._event_log.at_end())
        report_violations("dead_letters_are_not_lost", self._dead_letters.at_end())
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


def report_violations(invariant: str, violations: Iterator[str], observed: ObservedJob | None = None) -> None:
    """Raises InvariantViolation for the first violation."""
    subject = f"job {observed.short_id}: " if observed else ""
    for violation in violations:
        raise InvariantViolation(f"{invariant}: {subject}{violation}")


def is_refused(error: Exception) -> bool:
    """Returns whether DynamoDB rejects the request itself, so that no retry helps."""
    return getattr(error, "cause_response_code", None) == REFUSED


def check(checked: tuple[Invariant, ...], observed: ObservedJob) -> None:
    """Raises InvariantViolation for the first of these invariants that the job violates."""
    for invariant in checked:
        report_violations(invariant.__name__, invariant(observed), observed)
