"""What the stitcher asks of an agent gateway and what it is told, free of HTTP."""

from datetime import UTC, datetime
from typing import Annotated, Literal, Protocol

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

RunStatus = Literal["ok", "error", "skipped"]

Utc = Annotated[AwareDatetime, AfterValidator(lambda value: value.astimezone(UTC))]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RunRequest(_Frozen):
    """One run of an agent, at most once for each `key`.

    `key` (`mosaic:<job>:<attempt>`) and `at`, a whole second, belong to the attempt and are stored before the first
    call: the same pair may be sent any number of times and runs once, while a new `at` under the same key runs again.
    `tools` narrows what the agent may use; an empty tuple leaves it none. `timeout_seconds` bounds the run.
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
    """The gateway holds the run. `created` is false when it already did."""

    scheduled_run_id: str
    created: bool


class ScheduledRun(_Frozen):
    """A run as the gateway holds it: to come while `next_run_at` is set, under way while `running_since` is."""

    id: str
    key: str
    running_since: datetime | None = None
    next_run_at: datetime | None = None
    last_run_at: datetime | None = None

    @property
    def missed(self) -> bool:
        """Whether it never ran and never will: the gateway was away at its time and skips what it missed."""
        return not (self.running_since or self.next_run_at or self.last_run_at)


class Task(_Frozen):
    """A turn of an agent as the gateway books it, and the declaration that it belongs to."""

    id: str
    scheduled_run_id: str | None = None
    running: bool


class RunOutcome(_Frozen):
    """How one run of the agent ended.

    `summary` is the agent's final text; `summary_cut` when the gateway kept only its beginning, and nothing that it
    can be asked gives the rest. `error` is set when `status` is not ok. Tokens are None when no model answered.
    """

    status: RunStatus
    summary: str | None = None
    summary_cut: bool = False
    error: str | None = None
    model: str | None = None
    provider: str | None = None
    tokens_input: int | None = None
    tokens_output: int | None = None
    duration_ms: int | None = None
    session_key: str | None = None
    run_at: datetime | None = None

    @property
    def was_stopped(self) -> bool:
        """Whether somebody had the gateway end it."""
        return self.error in ("Cron job removed by operator.", "Cancelled by operator.")

    @property
    def was_too_long(self) -> bool:
        """Whether the gateway ended it for its time, which is longer than the job's own."""
        return (self.error or "").startswith("cron: job execution timed out")

    @property
    def without_tools(self) -> bool:
        """Whether it ended before the model was asked: nothing of what it was granted is open to its agent."""
        return (self.error or "").startswith("No callable tools remain")


class RunGateway(Protocol):
    """A gateway that runs agents. Every method raises the errors in `mosaic.openclaw.errors`."""

    def add(self, request: RunRequest) -> Accepted:
        """Ask for a run; the same request again is the same run.

        Raises ScheduleInPast when it came too late, UnknownAgent.
        """

    def find(self, key: str) -> ScheduledRun | None:
        """The declaration made under this key, finished ones included; None when there is none."""

    def outcome(self, scheduled_run_id: str) -> RunOutcome | None:
        """How the latest finished run ended; None while none has finished, and for an unknown declaration."""

    def remove(self, scheduled_run_id: str) -> bool:
        """Stop the run if it goes on, prevent any further one, forget the declaration. False when absent."""

    def running(self, scheduled_run_id: str) -> tuple[Task, ...]:
        """The turns of this declaration that go on, also after its removal."""

    def task(self, task_id: str) -> Task | None:
        """The turn with this id; None for an unknown one."""

    def cancel_task(self, task_id: str) -> bool:
        """Stop one turn. False when it is unknown or over."""
