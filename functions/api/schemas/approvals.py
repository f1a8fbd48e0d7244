"""Request and response bodies for approvals."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from api.schemas.jobs import Capability, Reason
from mosaic.base import Request, SentInt, SentTime, Timestamp, Value
from mosaic.constraints import Matches, field_error
from mosaic.jobs.approval import Answer
from mosaic.jobs.lifecycle import MAX_ATTEMPTS
from mosaic.jobs.model import Job, JobView
from mosaic.jobs.value_objects import Reason as PolicyReason
from mosaic.services.agent_message import text_hash


class DenyJob(Request):
    """A denial of a job."""

    reason: Reason
    """The reason"""
    attempt: Annotated[SentInt, Field(ge=1, le=MAX_ATTEMPTS)] | None = None
    """The attempt that the answer is for; if the job has another attempt, nothing changes"""

    def answer(self, actor: str, creators: tuple[str, ...]) -> Answer:
        """Returns the actor's denial. `creators` are the actors behind the actor's token."""
        return Answer(
            approved=False, actor=actor, creators=creators, reason=self.reason, attempt=self.attempt
        )


TextHash = Annotated[
    str,
    Matches(r"^sha256:[0-9a-f]{64}$", "a hash as `agentText.hash` of the job has it: sha256: and hex digits"),
]


class ApproveJob(DenyJob):
    """An approval of a job, or of all later jobs of its profile on its repository, too.

    The scope `repository` requires `until`. The scope `job` allows neither `until` nor `capabilities`.
    """

    text_hash: TextHash | None = None
    """The hash of the text that was reviewed; if the agent would get another text, nothing changes"""
    scope: Literal["job", "repository"] = "job"
    """`job` for this job only; `repository` also for later jobs of its profile on its repository"""
    until: SentTime | None = None
    """The end of the standing approval, within the next 90 days"""
    capabilities: Annotated[tuple[Capability, ...], Field(max_length=50)] = ()
    """The requested capabilities that the standing approval includes; default: all"""

    @model_validator(mode="after")
    def _check_scope(self) -> Self:
        if self.scope == "repository" and self.until is None:
            raise field_error("until", "is missing: a standing approval needs an end")
        for field in ("until", "capabilities"):
            if self.scope == "job" and getattr(self, field):
                raise field_error(field, "is allowed only with the scope repository")
        return self

    def answer(self, actor: str, creators: tuple[str, ...]) -> Answer:
        """Returns the actor's approval. `creators` are the actors behind the actor's token."""
        return Answer(
            approved=True,
            actor=actor,
            creators=creators,
            reason=self.reason,
            attempt=self.attempt,
            text_hash=self.text_hash,
            until=self.until,
            capabilities=self.capabilities,
        )


class ApprovalRequest(Value):
    """A job's request for approval."""

    capabilities: tuple[str, ...]
    """The capabilities that the job needs and that require an approval"""
    reasons: tuple[PolicyReason, ...]
    """The policies that require the approval"""
    requested_by: tuple[str, ...]
    """The actors that requested the job or changed its instructions"""
    until: Timestamp
    """The time when the job is denied without an answer"""
    text_hash: str | None
    """The hash of the text that the agent gets after the approval; the job has the text"""


class WaitingJob(JobView):
    """A job that waits for approval, with its request. Long texts are cut."""

    approval_request: ApprovalRequest
    """The request for approval"""

    @classmethod
    def of(cls, job: Job) -> WaitingJob:
        """Returns the job with its request for approval."""
        return cls.model_validate({**dict(job.brief()), "approval_request": _approval_request(job)})


class ApprovalPage(Value):
    """One page of jobs that wait for approval, most urgent first."""

    items: tuple[WaitingJob, ...]
    """The jobs"""
    cursor: str | None
    """The cursor of the next page, null on the last"""


def _approval_request(job: Job) -> ApprovalRequest:
    refused = job.guard.refused if job.guard else ()
    reasons = job.guard.reasons if job.guard else ()
    return ApprovalRequest(
        capabilities=refused,
        reasons=tuple(reason for reason in reasons if reason.capability in refused),
        requested_by=tuple(sorted(job.requesters)),
        until=job.expires_at or job.created_at,
        text_hash=text_hash(job),
    )
