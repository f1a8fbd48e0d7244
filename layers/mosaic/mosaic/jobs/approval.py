"""Approval: a job waits for a named person's answer, gets it, or runs out of time. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from mosaic.base import rfc3339
from mosaic.jobs.errors import ApprovalRefused, IllegalTransition, OwnApproval, StaleAttempt
from mosaic.jobs.failures import failed
from mosaic.jobs.lifecycle import fail, move, queue
from mosaic.jobs.limits import MAX_STANDING_REASON_BYTES
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Waiting
from mosaic.jobs.text import cut
from mosaic.jobs.value_objects import Approval, GuardDecision, StandingApproval

# The longest that an approval can stand for later jobs.
MAX_STANDING_PERIOD = timedelta(days=90)
NO_ANSWER = "nobody answered in time"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a person says to a job's `attempt`, or to the one that it is at: yes or no, and why.

    With `until` a yes also stands for later jobs of the profile on the repository; for those of the `capabilities`
    that were asked for, all unless some are named.
    """

    approved: bool
    actor: str
    reason: str
    attempt: int | None = None
    until: datetime | None = None
    capabilities: tuple[str, ...] = ()


def ask(job: Job, guard: GuardDecision, timeout: timedelta, now: datetime, actor: str) -> Job:
    """A queued job waits for a named person, at most `timeout`; what was answered before counts no more."""
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


def answer(job: Job, said: Answer, now: datetime, *, excluded_approvers: Collection[str]) -> Job:
    """The job after a person's answer: queued for a yes to all that was asked for, failed for a no.

    What the same person has said to this attempt already changes nothing: the job comes back as it is. Raises
    StaleAttempt for another attempt than the one that was looked at, IllegalTransition unless the job waits for
    approval and its time is not over, OwnApproval for a yes of those `barred` for having asked themselves,
    ApprovalRefused for a yes that cannot stand as wanted.
    """
    if said.attempt is not None and said.attempt != job.attempt:
        raise StaleAttempt(said.attempt, job.attempt)
    if job.approval and _repeats(job.approval, said):
        return job
    asked = _asked(job, now)
    if not said.approved:
        error = failed("approval_denied", actor=said.actor)
        return fail(job, error, now, said.actor, approval=_approval(asked, said, now))
    if said.actor in excluded_approvers:
        raise OwnApproval(said.actor)
    _check_scope(job, asked, said, now)
    return queue(job, now, said.actor, said.reason, approval=_approval(asked, said, now))


def expire(job: Job, now: datetime, actor: str) -> Job:
    """Nobody answered in time: the job is denied and fails."""
    asked = job.guard.refused if job.guard else ()
    silence = Approval(approved=False, actor=actor, reason=NO_ANSWER, capabilities=asked, at=now)
    return fail(job, failed("approval_expired"), now, actor, approval=silence)


def standing(job: Job) -> tuple[StandingApproval, ...]:
    """What the answer to the job says about later jobs."""
    given = job.approval
    if given is None or not given.approved or given.until is None or job.repository is None:
        return ()
    return tuple(
        StandingApproval(
            profile=job.profile,
            capability=capability,
            repository=job.repository,
            branch=named_branch(job),
            paths=job.paths,
            until=given.until,
            approved_by=given.actor,
            approved_at=given.at,
            reason=cut(given.reason, MAX_STANDING_REASON_BYTES),
            job_id=job.id,
        )
        for capability in given.standing
    )


def named_branch(job: Job) -> str | None:
    """The branch that the job was asked for; None where it has one of its own."""
    return None if job.branch == f"mosaic/{job.id}" else job.branch


def _asked(job: Job, now: datetime) -> tuple[str, ...]:
    if job.waiting is not Waiting.APPROVAL or job.guard is None:
        raise IllegalTransition("approved or denied", f"{job.status.value} and not waiting for approval")
    if job.expires_at and now >= job.expires_at:
        raise IllegalTransition(
            "approved or denied", f"past its time for an answer, {rfc3339(job.expires_at)}"
        )
    return job.guard.refused


def _check_scope(job: Job, asked: tuple[str, ...], said: Answer, now: datetime) -> None:
    if said.until is None:
        return
    if job.repository is None:
        raise ApprovalRefused("scope", "cannot be a repository: the job is about none")
    if not now < said.until <= now + MAX_STANDING_PERIOD:
        raise ApprovalRefused("until", f"must lie within the next {MAX_STANDING_PERIOD.days} days")
    if not set(said.capabilities) <= set(asked):
        raise ApprovalRefused("capabilities", f"may only be of those that are asked for: {', '.join(asked)}")


def _approval(asked: tuple[str, ...], said: Answer, now: datetime) -> Approval:
    return Approval(
        approved=said.approved,
        actor=said.actor,
        reason=said.reason,
        capabilities=asked,
        scope="repository" if said.until else "job",
        standing=_standing(asked, said),
        until=said.until,
        at=now,
    )


def _standing(asked: tuple[str, ...], said: Answer) -> tuple[str, ...]:
    if said.until is None:
        return ()
    return tuple(name for name in asked if name in (said.capabilities or asked))


def _repeats(known: Approval, said: Answer) -> bool:
    return (
        (known.approved, known.actor, known.reason, known.until)
        == (said.approved, said.actor, said.reason, said.until)
    ) and known.standing == _standing(known.capabilities, said)
