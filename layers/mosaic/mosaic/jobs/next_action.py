"""The next action of a job: the actor, a plain sentence, and the deadline. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Literal, Protocol, TypeVar

from mosaic.base import Timestamp, Value
from mosaic.jobs.gates import PASSING, Gate
from mosaic.jobs.limits import MAX_NEXT_BYTES
from mosaic.jobs.states import JobStatus, Phase, Waiting
from mosaic.jobs.text import cut, size
from mosaic.jobs.value_objects import GuardDecision, JobError

T = TypeVar("T")

Who = Literal["admin", "reporter", "agent", "mosaic", "member", "nobody"]

NO_FREE_SLOT = "waiting for a slot: all slots of the workspace are in use"


class NextAction(Value):
    """The next action of a job, and the actor that has to take it."""

    who: Who
    """The actor: an `admin` approves, a `reporter` reports gates, the `agent` works, a `member` retries a
    failed job, `mosaic` continues without help; `nobody` if the job is completed or cancelled
    """
    what: str
    """The next action as a plain sentence, without a time"""
    until: Timestamp | None = None
    """The end of the wait, if it has one"""


class Stage(Protocol):
    """The fields of a job that decide the next action."""

    @property
    def status(self) -> JobStatus:
        """The status of the job."""

    @property
    def phase(self) -> Phase | None:
        """The current phase of the attempt."""

    @property
    def waiting(self) -> Waiting | None:
        """The reason for waiting."""

    @property
    def attempt(self) -> int:
        """The number of the attempt."""

    @property
    def guard(self) -> GuardDecision | None:
        """The decision of the guard rails."""

    @property
    def gates(self) -> tuple[Gate, ...]:
        """The gates of the attempt."""

    @property
    def awaits_push(self) -> bool:
        """True if the attempt cannot be validated before a push names its commit."""

    @property
    def push_branch(self) -> str:
        """The branch that the agent pushes to."""

    @property
    def error(self) -> JobError | None:
        """The error, if the job failed."""

    @property
    def run_at(self) -> datetime | None:
        """The earliest start time."""

    @property
    def started_at(self) -> datetime | None:
        """The time at which the attempt started."""

    @property
    def retry_at(self) -> datetime | None:
        """The time of the next automatic try."""

    @property
    def expires_at(self) -> datetime | None:
        """The deadline of the current wait."""


def next_action(job: Stage) -> NextAction:
    """Returns the next action of the job, in at most MAX_NEXT_BYTES, for every state of a job.

    The text contains no words of an agent or of the gateway.
    """
    return _NEXT[job.status](job)


def sentence(action: NextAction) -> str:
    """Returns the action as a sentence, with the end of the wait (UTC, to the minute)."""
    return f"{action.what}, until {action.until:%Y-%m-%d %H:%M} UTC" if action.until else action.what


def _pending(job: Stage) -> NextAction:
    if job.waiting is Waiting.APPROVAL:
        return NextAction(who="admin", what=_approval(job.guard), until=job.expires_at)
    if job.waiting is Waiting.SLOT:
        return NextAction(who="mosaic", what=NO_FREE_SLOT)
    return NextAction(who="mosaic", what="delayed", until=job.run_at)


def _approval(guard: GuardDecision | None) -> str:
    requested = guard.refused if guard else ()
    if not requested:
        return "waiting for an admin to approve the job"
    return _fitting(requested, lambda shown: f"waiting for an admin to approve {', '.join(shown)}")


def _queued(job: Stage) -> NextAction:
    if job.waiting is Waiting.GATEWAY:
        return NextAction(who="mosaic", what="waiting for the OpenClaw gateway to work again")
    if job.retry_at is None:
        return NextAction(who="mosaic", what="waiting in the queue to be started")
    what = "call the OpenClaw gateway again" if job.started_at else f"begin attempt {job.attempt}"
    return NextAction(who="mosaic", what=f"waiting to {what}", until=job.retry_at)


def _running(job: Stage) -> NextAction:
    if job.phase is Phase.SETUP:
        return NextAction(who="agent", what="starting the agent at the OpenClaw gateway")
    if job.phase is not Phase.VALIDATION:
        return NextAction(who="agent", what="waiting for the agent to finish", until=job.expires_at)
    if job.awaits_push:
        what = f"waiting for a push of the run's commit to the branch {job.push_branch}"
        return NextAction(who="reporter", what=cut(what, MAX_NEXT_BYTES), until=job.expires_at)
    return NextAction(who="reporter", what=_gates(job.gates), until=job.expires_at)


def _gates(gates: Sequence[Gate]) -> str:
    mandatory = [gate for gate in gates if gate.mandatory]
    blocking = [gate for gate in mandatory if gate.status not in PASSING]
    if not blocking:
        return "waiting for the gates to be evaluated"
    of = f"{len(blocking)} of {len(mandatory)} gates" if len(mandatory) > 1 else "1 gate"
    in_order = sorted(blocking, key=lambda gate: gate.reporter.kind != "token")
    return _fitting(in_order, lambda shown: f"waiting for {of}: {_by_reporter(shown)}")


def _by_reporter(gates: Sequence[Gate]) -> str:
    by_reporter = groupby(gates, lambda gate: str(gate.reporter))
    return "; ".join(
        f"{', '.join(gate.id for gate in reported_gates)} from {who}" for who, reported_gates in by_reporter
    )


def _fitting(items: Sequence[T], phrase: Callable[[Sequence[T]], str]) -> str:
    """Returns the phrase with as many items as fit into MAX_NEXT_BYTES, and the number of the others."""
    for shown in range(len(items), 0, -1):
        more = f" and {len(items) - shown} more" if shown < len(items) else ""
        text = phrase(items[:shown]) + more
        if size(text) <= MAX_NEXT_BYTES:
            return text
    return cut(phrase(items[:1]), MAX_NEXT_BYTES)


def _failed(job: Stage) -> NextAction:
    remedy = job.error.remedy if job.error else "Retry the job."
    what = f"failed: {remedy[:1].lower()}{remedy[1:].rstrip('.')}"
    return NextAction(who="member", what=cut(what, MAX_NEXT_BYTES))


def _ended(job: Stage) -> NextAction:
    return NextAction(who="nobody", what=f"nothing: the job is {job.status.lower()}")


_NEXT: dict[JobStatus, Callable[[Stage], NextAction]] = {
    JobStatus.PENDING: _pending,
    JobStatus.QUEUED: _queued,
    JobStatus.RUNNING: _running,
    JobStatus.FAILED: _failed,
    JobStatus.COMPLETED: _ended,
    JobStatus.CANCELLED: _ended,
}
