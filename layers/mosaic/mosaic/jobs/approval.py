"""Approval of a job: requested, answered by a named person, or expired. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mosaic.base import rfc3339
from mosaic.jobs.actors import any_same_actor, same_actor
from mosaic.jobs.errors import ApprovalRefused, IllegalTransition, OwnApproval, StaleAttempt, StaleText
from mosaic.jobs.failures import failed
from mosaic.jobs.lifecycle import fail, move, queue
from mosaic.jobs.limits import MAX_STANDING_REASON_BYTES
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Waiting
from mosaic.jobs.text import cut
from mosaic.jobs.value_objects import Approval, GuardDecision, StandingApproval
from mosaic.redaction import redact

# The longest period for which an approval can also cover later jobs.
MAX_STANDING_PERIOD = timedelta(days=90)
NO_ANSWER = "no answer before the approval expired"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A person's answer to an approval request: approve or deny, with a reason.

    `attempt` names the attempt that the answer is about; None means the current one. With `until`, an
    approval also covers later jobs of the same profile and repository. `capabilities` limits that standing
    approval; empty means all requested capabilities. `text_hash` names the agent's text that was reviewed; None
    means the current one. `creators` are the actors behind the actor's token.
    """

    approved: bool
    actor: str
    reason: str
    creators: tuple[str, ...] = ()
    attempt: int | None = None
    text_hash: str | None = None
    until: datetime | None = None
    capabilities: tuple[str, ...] = ()


def request_approval(job: Job, guard: GuardDecision, timeout: timedelta, now: datetime, actor: str) -> Job:
    """Returns the queued job waiting for approval, at most for `timeout`. An earlier approval is cleared."""
    until = now + timeout
    return move(
        job,
        JobStatus.PENDING,
        now,
        actor,
        guard=guard,
        approval=None,
        waiting=Waiting.APPROVAL,
        due_at=until,
        expires_at=until,
    )


def answer(
    job: Job,
    given: Answer,
    now: datetime,
    *,
    excluded_approvers: Collection[str],
    text_hash: str | None = None,
) -> Job:
    """Returns the job after the answer: queued if approved, failed if denied. `text_hash` is the hash of the
    agent's text now, which the approval records. Secrets of known forms are removed from the reason.

    Repeating an answer returns the job unchanged. Raises StaleAttempt if the answer names another attempt.
    Raises IllegalTransition unless the job waits for approval and the wait has not expired. Raises OwnApproval
    if the approver, or a creator of its token, is one of `excluded_approvers`. Raises StaleText if an approval
    names another text. Raises ApprovalRefused if the standing approval is not possible.
    """
    if given.attempt is not None and given.attempt != job.attempt:
        raise StaleAttempt(given.attempt, job.attempt)
    given = replace(given, reason=redact(given.reason))
    if job.approval and _repeats(job.approval, given):
        return job
    requested = _requested_capabilities(job, now)
    if not given.approved:
        error = failed("approval_denied", actor=given.actor)
        return fail(job, error, now, given.actor, approval=_approval(requested, given, now))
    if any(any_same_actor(name, excluded_approvers) for name in (given.actor, *given.creators)):
        raise OwnApproval(given.actor, given.creators)
    if given.text_hash not in (None, text_hash):
        raise StaleText(given.text_hash or "", text_hash)
    _check_scope(job, requested, given, now)
    approval = _approval(requested, given, now).model_copy(update={"text_hash": text_hash})
    return queue(job, now, given.actor, given.reason, approval=approval)


def expire(job: Job, now: datetime, actor: str) -> Job:
    """Returns the job failed, because no answer came before the approval expired."""
    requested = job.guard.refused if job.guard else ()
    no_answer = Approval(approved=False, actor=actor, reason=NO_ANSWER, capabilities=requested, at=now)
    return fail(job, failed("approval_expired"), now, actor, approval=no_answer)


def standing_approvals(job: Job) -> tuple[StandingApproval, ...]:
    """Returns the standing approvals that the job's approval gives for later jobs."""
    approval = job.approval
    if approval is None or not approval.approved or approval.until is None or job.repository is None:
        return ()
    return tuple(
        StandingApproval(
            profile=job.profile,
            capability=capability,
            repository=job.repository,
            branch=named_branch(job),
            paths=job.paths,
            until=approval.until,
            approved_by=approval.actor,
            approver_creators=approval.creators,
            approved_at=approval.at,
            reason=cut(approval.reason, MAX_STANDING_REASON_BYTES),
            job_id=job.id,
        )
        for capability in approval.standing
    )


def named_branch(job: Job) -> str | None:
    """Returns the branch that was requested; None if the job uses its default branch."""
    return None if job.branch == f"mosaic/{job.id}" else job.branch


def _requested_capabilities(job: Job, now: datetime) -> tuple[str, ...]:
    if job.waiting is not Waiting.APPROVAL or job.guard is None:
        raise IllegalTransition("approved or denied", f"{job.status.value} and not waiting for approval")
    if job.expires_at and now >= job.expires_at:
        raise IllegalTransition(
            "approved or denied", f"past its approval deadline, {rfc3339(job.expires_at)}"
        )
    return job.guard.refused


def _check_scope(job: Job, requested: tuple[str, ...], given: Answer, now: datetime) -> None:
    if given.until is None:
        return
    if job.repository is None:
        raise ApprovalRefused("scope", "cannot be a repository: the job has none")
    if not now < given.until <= now + MAX_STANDING_PERIOD:
        raise ApprovalRefused("until", f"must be within the next {MAX_STANDING_PERIOD.days} days")
    if not set(given.capabilities) <= set(requested):
        raise ApprovalRefused("capabilities", f"must be requested capabilities: {', '.join(requested)}")


def _approval(requested: tuple[str, ...], given: Answer, now: datetime) -> Approval:
    return Approval(
        approved=given.approved,
        actor=given.actor,
        creators=given.creators,
        reason=given.reason,
        capabilities=requested,
        scope="repository" if given.until else "job",
        standing=_standing(requested, given),
        until=given.until,
        at=now,
    )


def _standing(requested: tuple[str, ...], given: Answer) -> tuple[str, ...]:
    if given.until is None:
        return ()
    return tuple(name for name in requested if name in (given.capabilities or requested))


def _repeats(known: Approval, given: Answer) -> bool:
    same = (known.approved, known.reason, known.until) == (given.approved, given.reason, given.until)
    return (
        same
        and same_actor(known.actor, given.actor)
        and known.standing == _standing(known.capabilities, given)
    )
