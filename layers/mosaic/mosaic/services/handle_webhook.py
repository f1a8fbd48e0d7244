"""Handle an authenticated webhook delivery: create a job, run a command, or apply checks and pushes."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from mosaic.access.model import Workspace
from mosaic.access.standing_approvals import excluded_approvers
from mosaic.forge.errors import PayloadError
from mosaic.forge.intent import CommandRequested, CommitPushed, GateReported, Ignored, Intent, JobRequested
from mosaic.jobs import approval, lifecycle
from mosaic.jobs.actors import in_actors
from mosaic.jobs.errors import IllegalTransition, OwnApproval, TooManyAttempts
from mosaic.jobs.limits import MAX_COMMANDS, MAX_INPUT_BYTES, MAX_REASON_BYTES
from mosaic.jobs.model import Draft, Job
from mosaic.jobs.text import cut
from mosaic.jobs.value_objects import IssueContext, Source
from mosaic.rails.capabilities import PROFILES
from mosaic.services.accept_job import ClaimKey, JobAcceptance
from mosaic.services.apply_forge_checks import CheckOutcome, ForgeChecks
from mosaic.services.change_job import change_and_enqueue
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.storage.claims import Claim, Claims
from mosaic.storage.jobs import Jobs

# The issue's text may fill this much of a job's input; the comment gets the rest.
MAX_CONTEXT_BYTES = MAX_INPUT_BYTES // 4
MAX_LABELS = 50
MAX_LABEL_BYTES = 100


@dataclass(frozen=True)
class WebhookResult:
    """The job that a delivery created, changed or asked about, or the reason why the delivery was ignored."""

    job: Job | None = None
    duplicate: bool = False
    queued: bool = False
    ignored: str | None = None


class WebhookHandler:
    """Handles the intents parsed from deliveries."""

    def __init__(
        self,
        jobs: Jobs,
        claims: Claims,
        acceptance: JobAcceptance,
        enqueuer: JobEnqueuer,
        clock: Callable[[], datetime],
    ) -> None:
        self._jobs = jobs
        self._claims = claims
        self._acceptance = acceptance
        self._enqueuer = enqueuer
        self._clock = clock
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
        if isinstance(intent, CommandRequested):
            return self._run_command(workspace, intent)
        accepted = self._acceptance.accept(draft(workspace, intent), ClaimKey(f"webhook#{intent.claim}", ""))
        return WebhookResult(accepted.job, accepted.duplicate, queued=not accepted.duplicate)

    def _run_command(self, workspace: Workspace, command: CommandRequested) -> WebhookResult:
        job = self._jobs.newest_of_issue(
            workspace.id, command.provider, command.repository, command.issue.number
        )
        if job is None:
            return WebhookResult(ignored="there is no job for this issue")
        actor = f"{command.provider}:{command.actor}"
        if command.command in ("approve", "deny") and not in_actors(actor, workspace.forge_admins):
            return WebhookResult(ignored=f"{command.actor} is not an admin of the workspace")
        if command.command == "status":
            return WebhookResult(job)
        now = self._clock()
        target = self._claim_target(job, command, now)
        try:
            job, changed = change_and_enqueue(
                self._jobs,
                self._enqueuer,
                workspace.id,
                target.job_id,
                now,
                lambda known: _after_command(known, command, actor, now, target, workspace),
            )
        except (IllegalTransition, OwnApproval, TooManyAttempts) as refusal:
            return WebhookResult(ignored=str(refusal))
        return WebhookResult(job, duplicate=not changed, queued=changed)

    def _claim_target(self, newest: Job, command: CommandRequested, now: datetime) -> Claim:
        """Returns the claim that names the command's job and attempt: the issue's newest at the first delivery."""
        requested = Claim(
            workspace_id=newest.workspace_id,
            key=f"command#{command.claim}",
            fingerprint=str(newest.attempt),
            job_id=newest.id,
        )
        return self._claims.take(requested, now)


def _check_result(outcome: CheckOutcome) -> WebhookResult:
    if outcome.job is None:
        return WebhookResult(ignored=outcome.reason)
    return WebhookResult(outcome.job, duplicate=not outcome.changed)


def _after_command(
    job: Job, command: CommandRequested, actor: str, now: datetime, target: Claim, workspace: Workspace
) -> Job:
    """Returns the job after the command; unchanged when it was run before or the job has another attempt."""
    if command.claim in job.commands or str(job.attempt) != target.fingerprint:
        return job
    reason = cut(command.argument, MAX_REASON_BYTES) or f"@ command by {command.actor}"
    if command.command == "cancel":
        changed = lifecycle.cancel(job, now, actor, reason)
    elif command.command == "retry":
        changed = lifecycle.retry(job, now, actor)
    else:
        answer = approval.Answer(approved=command.command == "approve", actor=actor, reason=reason)
        excluded = excluded_approvers(job, workspace)
        changed = approval.answer(job, answer, now, excluded_approvers=excluded)
    if changed is job:
        return job
    return changed.evolve(commands=(*job.commands, command.claim)[-MAX_COMMANDS:])


def draft(workspace: Workspace, request: JobRequested) -> Draft:
    """Returns the draft of the job that a mention or assignment requests, with texts cut to the job's limits.

    The texts are untrusted data for the agent. Raises PayloadError for an unknown job type or profile.
    """
    default_type = getattr(workspace.triggers, request.action)
    type = _metadata_choice(request, "type", default_type, workspace.job_types)
    actor = f"{request.provider}:{request.actor}"
    profile = _metadata_choice(request, "profile", workspace.job_types[type].profile, PROFILES)
    context = IssueContext(
        title=cut(request.issue.title, 1024),
        body=cut(request.issue.body, MAX_CONTEXT_BYTES),
        url=request.issue.url,
        labels=tuple(cut(label, MAX_LABEL_BYTES) for label in request.labels[:MAX_LABELS]),
    )
    return Draft(
        workspace_id=workspace.id,
        type=type,
        profile=profile,
        instructions=cut(request.instructions, MAX_INPUT_BYTES // 2),
        instructions_untrusted=True,
        repository=request.repository,
        issue_number=request.issue.number,
        source=Source(
            kind=request.provider,
            actor=actor,
            role=workspace.role_of(actor, is_collaborator=request.is_collaborator),
            url=request.url,
        ),
        context=context,
        requested_capabilities=workspace.job_types[type].capabilities,
    )


def _metadata_choice(request: JobRequested, field: str, default: str, known: Collection[str]) -> str:
    name = request.metadata.get(field, default)
    if not isinstance(name, str) or name not in known:
        raise PayloadError(f"metadata.{field}", f"should be one of {', '.join(sorted(known))}")
    return name
