"""What clients send and get of approvals: the HTTP contract in types."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from api.schemas.jobs import Capability, Reason
from mosaic.base import Request, SentInt, SentTime, Timestamp, Value
from mosaic.constraints import field_error
from mosaic.jobs.approval import Answer
from mosaic.jobs.lifecycle import MAX_ATTEMPTS
from mosaic.jobs.model import Job, JobView
from mosaic.jobs.value_objects import Reason as PolicyReason


class DenyJob(Request):
    """Why a job is denied."""

    reason: Reason
    """Why, for the record"""
    attempt: Annotated[SentInt, Field(ge=1, le=MAX_ATTEMPTS)] | None = None
    """The attempt that was looked at; when the job is at another one, nothing is done"""

    def answer(self, actor: str) -> Answer:
        """What `actor` says to the job."""
        return Answer(approved=False, actor=actor, reason=self.reason, attempt=self.attempt)


class ApproveJob(DenyJob):
    """Why a job is approved, and whether that stands for later jobs of its profile on its repository.

    The scope `repository` needs `until`; with the scope `job` neither `until` nor `capabilities` may be given.
    """

    scope: Literal["job", "repository"] = "job"
    """Whether it is for this job, or for later ones of its profile on its repository too"""
    until: SentTime | None = None
    """Until when it stands for later jobs, within the next 90 days"""
    capabilities: Annotated[tuple[Capability, ...], Field(max_length=50)] = ()
    """Which of those asked for later jobs may have; all unless given"""

    @model_validator(mode="after")
    def _ends_if_it_stands(self) -> Self:
        if self.scope == "repository" and self.until is None:
            raise field_error("until", "is missing: what stands for later jobs has an end")
        for field in ("until", "capabilities"):
            if self.scope == "job" and getattr(self, field):
                raise field_error(field, "goes with the scope repository; a job gets all it asked for")
        return self

    def answer(self, actor: str) -> Answer:
        """What `actor` says to the job."""
        return Answer(
            approved=True,
            actor=actor,
            reason=self.reason,
            attempt=self.attempt,
            until=self.until,
            capabilities=self.capabilities,
        )


class ApprovalRequest(Value):
    """What a job asks a person for."""

    capabilities: tuple[str, ...]
    """What it cannot do without and may not do without a person's yes"""
    reasons: tuple[PolicyReason, ...]
    """The policies that ask for it"""
    by: tuple[str, ...]
    """Who asked: for the job, and for its instructions where somebody changed them"""
    until: Timestamp
    """When it is denied if nobody has answered"""


class WaitingJob(JobView):
    """A job that waits for approval, its long texts cut and marked, and what it asks for."""

    asked: ApprovalRequest
    """What a person is asked for"""

    @classmethod
    def of(cls, job: Job) -> WaitingJob:
        """The job as those see it who may answer."""
        return cls.model_validate({**dict(job.brief()), "asked": _asked(job)})


class ApprovalPage(Value):
    """One page of jobs that wait for approval, the more urgent before the older; `cursor` asks for the next."""

    items: tuple[WaitingJob, ...]
    """The jobs"""
    cursor: str | None
    """Where the next page begins; null on the last"""


def _asked(job: Job) -> ApprovalRequest:
    guard = job.guard
    wanted = guard.refused if guard else ()
    return ApprovalRequest(
        capabilities=wanted,
        reasons=tuple(reason for reason in (guard.reasons if guard else ()) if reason.capability in wanted),
        by=tuple(sorted(job.requesters)),
        until=job.expires_at or job.created_at,
    )
