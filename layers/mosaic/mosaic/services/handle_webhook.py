"""Handle an authenticated webhook delivery: create a job, run a command, or apply checks and pushes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mosaic.access.model import Workspace
from mosaic.forge.intent import CommandRequested, CommitPushed, GateReported, Ignored, Intent, JobRequested
from mosaic.jobs.actors import with_id
from mosaic.jobs.errors import IllegalTransition, OwnApproval, RequestRefused, StaleText, TooManyAttempts
from mosaic.jobs.limits import MAX_INPUT_BYTES
from mosaic.jobs.model import Draft, Job
from mosaic.jobs.text import cut
from mosaic.jobs.value_objects import IssueContext, Source
from mosaic.rails.capabilities import PROFILES
from mosaic.services.accept_assignment import AssignmentAcceptance
from mosaic.services.accept_job import ClaimKey, JobAcceptance
from mosaic.services.answer_request import RequestAnswers
from mosaic.services.apply_forge_checks import CheckOutcome, ForgeChecks
from mosaic.services.author_roles import author_roles
from mosaic.services.command_rules import CommandRefused, Speaker
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.services.job_type import chosen_type, instructions_without_type, metadata_choice
from mosaic.services.program_requests import refusal_of_program
from mosaic.services.run_command import CommandRunner
from mosaic.storage.claims import Claims
from mosaic.storage.jobs import Jobs

# The issue's text may fill this much of a job's input; the comment gets the rest.
MAX_CONTEXT_BYTES = MAX_INPUT_BYTES // 4
MAX_LABELS = 50
MAX_LABEL_BYTES = 100
# Errors that the author of a request reads. A service that refuses requests raises a RequestRefused.
REFUSALS = (RequestRefused, IllegalTransition, OwnApproval, StaleText, TooManyAttempts)


@dataclass(frozen=True)
class WebhookResult:
    """The job that a delivery created, changed or asked about, or the reason why the delivery was ignored.

    `shown` are the jobs that an answer lists: those of a status, or those that a refused command may have meant.
    """

    job: Job | None = None
    duplicate: bool = False
    queued: bool = False
    ignored: str | None = None
    shown: tuple[Job, ...] = ()


class WebhookHandler:
    """Handles the intents parsed from deliveries. Requests on issues are answered through `answers`."""

    def __init__(
        self,
        jobs: Jobs,
        claims: Claims,
        acceptance: JobAcceptance,
        enqueuer: JobEnqueuer,
        answers: RequestAnswers,
        clock: Callable[[], datetime],
    ) -> None:
        self._acceptance = acceptance
        self._assignments = AssignmentAcceptance(jobs, claims, acceptance, clock)
        self._commands = CommandRunner(jobs, claims, acceptance, enqueuer, clock)
        self._answers = answers
        self._checks = ForgeChecks(jobs, clock)

    def handle(self, workspace: Workspace | None, intent: Intent) -> WebhookResult:
        """Handles the intent once, however often it is delivered; ignores it without a workspace.

        Raises PayloadError for an unknown job type or profile, InputTooLarge, StaleJob.
        """
        if isinstance(intent, Ignored):
            return WebhookResult(ignored=intent.reason)
        if workspace is None:
            return WebhookResult(ignored="no workspace takes webhooks from this repository")
        if isinstance(intent, GateReported):
            return _check_result(self._checks.report(workspace.id, intent))
        if isinstance(intent, CommitPushed):
            return _check_result(self._checks.push(workspace.id, intent))
        if ignored := refusal_of_program(workspace, intent):
            # Without an answer, which the other program could answer again.
            return WebhookResult(ignored=ignored)
        result = self._answered(workspace, intent)
        self._answers.send(workspace.id, intent, result.ignored, result.shown)
        return result

    def _answered(self, workspace: Workspace, request: JobRequested | CommandRequested) -> WebhookResult:
        """Returns the result of a request on an issue; a refused one is ignored with the reason."""
        try:
            if isinstance(request, JobRequested):
                return self._create(workspace, request)
            return self._run(workspace, request)
        except CommandRefused as refusal:
            return WebhookResult(ignored=str(refusal), shown=refusal.jobs)
        except REFUSALS as refusal:
            return WebhookResult(ignored=str(refusal))

    def _run(self, workspace: Workspace, command: CommandRequested) -> WebhookResult:
        outcome = self._commands.run(workspace, command, speaker(workspace, command))
        if isinstance(outcome, JobRequested):
            return self._create(workspace, outcome)
        if command.command == "status":
            return WebhookResult(outcome.job, shown=outcome.shown)
        return WebhookResult(outcome.job, duplicate=not outcome.changed, queued=outcome.changed)

    def _create(self, workspace: Workspace, request: JobRequested) -> WebhookResult:
        wanted = draft(workspace, request)
        if request.first_claim:
            accepted = self._assignments.accept(request, wanted, workspace)
        else:
            accepted = self._acceptance.accept(wanted, ClaimKey(f"webhook#{request.claim}", ""), workspace)
        return WebhookResult(accepted.job, accepted.duplicate, queued=not accepted.duplicate)


def speaker(workspace: Workspace, command: CommandRequested) -> Speaker:
    """Returns the author of a command with the role in the workspace."""
    actor = command.identity
    comment = command.issue.comment
    return Speaker(
        actor=actor,
        role=workspace.role_of(
            actor, is_collaborator=command.is_collaborator, association=command.association
        ),
        at=comment.at if comment else None,
    )


def _check_result(outcome: CheckOutcome) -> WebhookResult:
    if outcome.job is None:
        return WebhookResult(ignored=outcome.reason)
    return WebhookResult(outcome.job, duplicate=not outcome.changed)


def draft(workspace: Workspace, request: JobRequested) -> Draft:
    """Returns the draft of the job that a mention or assignment requests, with texts cut to the job's limits.

    The texts are untrusted data for the agent. Raises PayloadError for an unknown job type or profile.
    """
    type = chosen_type(workspace, request)
    request = request.model_copy(update={"instructions": instructions_without_type(workspace, request)})
    profile = metadata_choice(request, "profile", workspace.job_types[type].profile, PROFILES)
    roles, author = author_roles(workspace, request), request.issue.author
    context = IssueContext(
        title=cut(request.issue.title, 1024),
        body=cut(request.issue.body, MAX_CONTEXT_BYTES),
        author=with_id(f"{request.provider}:{author.login}", author.id)
        if author and roles.issue_author
        else None,
        author_role=roles.issue_author,
        url=request.issue.url,
        labels=tuple(cut(label, MAX_LABEL_BYTES) for label in request.labels[:MAX_LABELS]),
    )
    return Draft(
        workspace_id=workspace.id,
        type=type,
        profile=profile,
        instructions=_instructions(request, context),
        instructions_untrusted=True,
        repository=request.repository,
        repository_id=request.repository_id,
        issue_number=request.issue.number,
        source=Source(
            kind=request.provider,
            actor=request.identity,
            trigger=request.action,
            role=roles.lowest,
            actor_role=roles.actor,
            url=request.url,
        ),
        context=context,
        requested_capabilities=workspace.job_types[type].capabilities,
    )


def _instructions(request: JobRequested, context: IssueContext) -> str:
    """Returns the instructions. Those that are the issue's own text are cut as in `context`."""
    if request.instructions == request.issue.task:
        return context.task or request.instructions
    return cut(request.instructions, MAX_INPUT_BYTES // 2)
