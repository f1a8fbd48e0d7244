"""The stitcher's requests to an agent gateway and their results, free of HTTP."""

from datetime import UTC, datetime
from typing import Annotated, Literal, Protocol

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from mosaic.redaction import RedactedText

RunStatus = Literal["ok", "error", "skipped"]

Utc = Annotated[AwareDatetime, AfterValidator(lambda value: value.astimezone(UTC))]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RunRequest(_Frozen):
    """One run of an agent, at most once for each `key`.

    `key` (`mosaic:<job>:<attempt>`) and `at`, a whole second, belong to the attempt and are stored before the
    first call. The same pair may be sent any number of times and runs once. A new `at` under the same key
    runs again. `tools` narrows the agent's tools; an empty tuple leaves it none. `timeout_seconds` limits the
    run.
    """

    key: str = Field(min_length=1, max_length=200)
    name: str = Field(min_length=1)
    agent: str = Field(min_length=1)
    message: str
    tools: tuple[str, ...]
    at: Utc
    timeout_seconds: int = Field(ge=1)
    callback_url: str = Field(repr=False)


class Accepted(_Frozen):
    """The gateway has scheduled the run. `created` is false when an earlier call did."""

    scheduled_run_id: str
    created: bool


class ScheduledRun(_Frozen):
    """A run at the gateway: due while `next_run_at` is set, in progress while `running_since` is."""

    id: str
    key: str
    running_since: datetime | None = None
    next_run_at: datetime | None = None
    last_run_at: datetime | None = None

    @property
    def missed(self) -> bool:
        """Whether the run never started and never will: the gateway was down at its time, and skips missed
        runs.
        """
        return not (self.running_since or self.next_run_at or self.last_run_at)


class Task(_Frozen):
    """A turn of an agent in the gateway's list of tasks, and the scheduled run that it belongs to."""

    id: str
    scheduled_run_id: str | None = None
    running: bool


class RunOutcome(_Frozen):
    """The outcome of one run.

    `summary` is the agent's final text. `summary_cut` means that the gateway kept only its beginning; the
    rest is lost. `error` is set when `status` is not ok. Secrets of known forms are removed from both. Tokens
    are None when no model answered.
    """

    status: RunStatus
    summary: RedactedText | None = None
    summary_cut: bool = False
    error: RedactedText | None = None
    model: str | None = None
    provider: str | None = None
    tokens_input: int | None = None
    tokens_output: int | None = None
    duration_ms: int | None = None
    session_key: str | None = None
    run_at: datetime | None = None

    @property
    def is_silent(self) -> bool:
        """Whether the agent said nothing, or that it says nothing."""
        return (self.summary or "").strip(" \t\r\n\"'`*_.").upper() in ("", "NO_REPLY", "HEARTBEAT_OK")

    @property
    def was_stopped(self) -> bool:
        """Whether the run was removed or cancelled on request."""
        return self.error in ("Cron job removed by operator.", "Cancelled by operator.")

    @property
    def was_too_long(self) -> bool:
        """Whether the gateway timed the run out; its limit is longer than the job's own."""
        return (self.error or "").startswith("cron: job execution timed out")

    @property
    def without_tools(self) -> bool:
        """Whether the run ended before the model was called, because its agent may use none of the granted
        tools.
        """
        return (self.error or "").startswith("No callable tools remain")


class RunGateway(Protocol):
    """A gateway that runs agents. Every method raises the errors in `mosaic.openclaw.errors`."""

    def add(self, request: RunRequest) -> Accepted:
        """Schedules a run; the same request again is the same run.

        Raises ScheduleInPast when the request came too late, and UnknownAgent.
        """

    def find(self, key: str) -> ScheduledRun | None:
        """Returns the scheduled run with this key, also after it has ended; None when there is none."""

    def outcome(self, scheduled_run_id: str) -> RunOutcome | None:
        """Returns the outcome of the latest finished run; None while none has finished, and for an unknown
        id.
        """

    def remove(self, scheduled_run_id: str) -> bool:
        """Stops the run, prevents any further one and forgets it. Returns false when there is none."""

    def running(self, scheduled_run_id: str) -> tuple[Task, ...]:
        """Returns the running turns of this scheduled run, also after its removal."""

    def task(self, task_id: str) -> Task | None:
        """Returns the turn with this id; None for an unknown one."""

    def cancel_task(self, task_id: str) -> bool:
        """Stops one turn. Returns false when it is unknown or over."""
