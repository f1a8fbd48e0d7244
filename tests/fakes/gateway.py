"""An agent gateway in memory, on a virtual clock, with OpenClaw's peculiarities."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from local.gateway import rpc
from local.gateway.cron import Automations, Delivery, ModelCall
from local.gateway.rate_limits import WriteLimit
from local.gateway.validation import RefusedError
from mosaic.openclaw import responses
from mosaic.openclaw.client import Gateway
from mosaic.openclaw.errors import GatewayUnavailable
from mosaic.openclaw.model import Accepted, RunOutcome, RunRequest, ScheduledRun, Task

Deliver = Callable[[str, Mapping[str, Any]], int | None]
"""Takes a callback's URL and body, answers its HTTP status; None when the answer comes later, by `answered`."""


class FakeGateway:
    """A `RunGateway` whose agents think for `think_seconds` of the clock's time.

    Runs start and end when `advance` or any call reads the clock. While `down`, no call reaches it. While
    `losing_answers`, calls take effect but their responses are lost. Runs go on in both cases.
    `writes_per_minute` is the gateway's own `limit` (30 in OpenClaw) on each writing method. `created` are
    the parameters of each new run.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        deliver: Deliver = lambda _url, _body: 200,
        think_seconds: float = 1.5,
        writes_per_minute: int | None = None,
    ) -> None:
        self._clock = clock
        self._deliver = deliver
        self._ids = 0
        self._cron = Automations(think_ms=round(think_seconds * 1000), new_id=self._next_id)
        self.limit = WriteLimit(writes_per_minute)
        self._gateway = Gateway(self._rpc)
        self._unanswered: dict[str, list[Delivery]] = {}
        self.created: list[Mapping[str, Any]] = []
        self.down = False
        self.losing_answers = False
        self._killed_at: datetime | None = None

    @property
    def model_calls(self) -> list[ModelCall]:
        """The runs that reached the model, oldest first."""
        return self._cron.model_calls

    def add(self, request: RunRequest) -> Accepted:
        """As RunGateway."""
        return self._gateway.add(request)

    def find(self, key: str) -> ScheduledRun | None:
        """As RunGateway."""
        return self._gateway.find(key)

    def outcome(self, scheduled_run_id: str) -> RunOutcome | None:
        """As RunGateway."""
        return self._gateway.outcome(scheduled_run_id)

    def remove(self, scheduled_run_id: str) -> bool:
        """As RunGateway."""
        return self._gateway.remove(scheduled_run_id)

    def running(self, scheduled_run_id: str) -> tuple[Task, ...]:
        """As RunGateway."""
        return self._gateway.running(scheduled_run_id)

    def task(self, task_id: str) -> Task | None:
        """As RunGateway."""
        return self._gateway.task(task_id)

    def cancel_task(self, task_id: str) -> bool:
        """As RunGateway."""
        return self._gateway.cancel_task(task_id)

    def advance(self) -> None:
        """Starts and ends runs by the clock and delivers their callbacks; does nothing while the gateway is
        killed.
        """
        while not self.is_dead and (deliveries := self._cron.advance(self._now_ms())):
            for delivery in deliveries:
                self._unanswered.setdefault(delivery.url, []).append(delivery)
                status = self._deliver(delivery.url, delivery.body)
                if status is not None:
                    self.answered(delivery.url, status)

    def answered(self, url: str, status: int) -> None:
        """Records the response to a callback that was sent to this URL; the first of several."""
        error = None if status < 300 else f"Webhook request failed with HTTP {status}"
        self._cron.settle(self._unanswered[url].pop(0), error)

    def next_event(self) -> datetime | None:
        """Returns when `advance` next has something to do; None while the gateway is killed."""
        due_ms = None if self.is_dead else self._cron.next_event_ms()
        return None if due_ms is None else datetime.fromtimestamp(due_ms / 1000, UTC)

    @property
    def is_dead(self) -> bool:
        """Whether the gateway was killed and not restarted."""
        return self._killed_at is not None

    def kill(self) -> None:
        """Makes the gateway unreachable until `restart`."""
        self.advance()
        self._killed_at = self._clock()

    def restart(self, away: timedelta = timedelta()) -> None:
        """Restarts the gateway, which was killed so long ago or at `kill`.

        Scheduled runs and history stay, and running turns end in error. Runs that came due meanwhile start
        two minutes from now.
        """
        killed_at = self._killed_at or self._clock() - away
        self._killed_at = None
        self._cron.restart(self._now_ms(), round(killed_at.timestamp() * 1000))

    def forget(self) -> None:
        """Loses the gateway's disk: no scheduled runs and no history."""
        self._cron.jobs.clear()
        self._cron.history.clear()

    def cancel(self, scheduled_run_id: str) -> None:
        """Cancels the running turn, as an operator of the gateway does."""
        self.advance()
        self._cron.stop(self._cron.jobs[scheduled_run_id], "Cancelled by operator.", self._now_ms())

    def _rpc(self, method: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        self.advance()
        if self.down or self.is_dead:
            raise GatewayUnavailable(f"{method}: down", may_have_been_accepted=False)
        try:
            self.limit.count(method, self._now_ms())
            payload = rpc.call(self._cron, method, params, self._now_ms())
        except RefusedError as refused:
            raise responses.failure(refused.status, {"error": refused.error}) from refused
        if payload.get("created"):
            self.created.append(params)
        if self.losing_answers:
            raise GatewayUnavailable(f"{method}: answer lost", may_have_been_accepted=True)
        return payload

    def _now_ms(self) -> int:
        return round(self._clock().timestamp() * 1000)

    def _next_id(self) -> str:
        self._ids += 1
        return f"fake-{self._ids}"
