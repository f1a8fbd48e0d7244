"""The stand-in's scheduler: a state machine for OpenClaw's automations that run once.

It runs the agent. Its caller provides the time and ids, and delivers callbacks. The behaviour was observed on
OpenClaw 2026.9.6, and the contract suite runs over both.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import uuid4

from local.gateway import payloads
from local.gateway.agent import run_turn
from local.gateway.payloads import Automation, Json, Outcome, Run

RETRY_AFTER_MS = (30_000, 60_000, 300_000)
"""The gateway's waits before it retries an `at` schedule, after a timeout or a failure of the provider.

A cron expression for one time is not retried: its schedule is then used up.
"""

RESTART_WAIT_MS = 120_000
"""The default wait, after a restart, of overdue runs and of interrupted runs that are retried."""

TRANSIENT = frozenset({"timeout", "server_error", "interrupted"})


@dataclass(frozen=True)
class ModelCall:
    """One run that reached the model, with the tools it was offered."""

    scheduled_run_id: str
    key: str | None
    at_ms: int
    tools: tuple[str, ...]


@dataclass(frozen=True)
class Delivery:
    """A callback to send; `Automations.settle` receives its result."""

    job: Automation
    run: Run
    url: str
    body: Json


class Automations:
    """Scheduled runs, their turns and the history, in memory. Times are milliseconds since 1970."""

    def __init__(
        self,
        *,
        think_ms: int,
        restart_wait_ms: int = RESTART_WAIT_MS,
        new_id: Callable[[], str] = lambda: str(uuid4()),
    ) -> None:
        self._think_ms = think_ms
        self._restart_wait_ms = restart_wait_ms
        self._new_id = new_id
        self.jobs: dict[str, Automation] = {}
        self.history: dict[str, list[Json]] = {}
        self.tasks: dict[str, tuple[Automation, Run]] = {}
        self.model_calls: list[ModelCall] = []

    def declare(
        self, definition: Json, at_ms: int, now_ms: int, *, enable: bool
    ) -> tuple[Automation, bool, bool]:
        """Returns the automation under this definition's key, whether it is new, and whether it changed.

        A new time runs it again. An `at` schedule that has ended stays ended, unless the caller sets
        `enable`. Without a key, each call creates another automation.
        """
        key = definition.get("declarationKey")
        job = next((job for job in self.jobs.values() if key and job.key == key), None)
        if job is None:
            job = Automation(self._new_id(), definition, now_ms, now_ms, next_ms=at_ms)
            self.jobs[job.id] = job
            return job, True, False
        changed = job.definition != definition
        moved = job.definition["schedule"] != definition["schedule"]
        job.enabled = job.enabled or enable
        if moved and job.enabled:
            job.next_ms = at_ms
        if changed:
            job.definition, job.updated_ms = definition, now_ms
        return job, False, changed

    def remove(self, job: Automation, now_ms: int) -> bool:
        """Removes an automation, and returns True if that stopped a running turn. The history stays."""
        running = job.run is not None
        del self.jobs[job.id]
        self.stop(job, "Cron job removed by operator.", now_ms)
        return running

    def advance(self, now_ms: int) -> list[Delivery]:
        """Starts due automations and ends finished runs, until nothing is due; returns the callbacks to send."""
        deliveries: list[Delivery] = []
        while any(due_ms <= now_ms for due_ms in self._events()):
            for job in list(self.jobs.values()):
                if job.run is None and job.enabled and job.next_ms is not None and job.next_ms <= now_ms:
                    self._start(job, max(job.next_ms, job.updated_ms))
                if job.run is not None and not job.delivering and job.run.ends_ms <= now_ms:
                    deliveries.extend(self._end(job, job.run))
        return deliveries

    def next_event_ms(self) -> int | None:
        """Returns the time at which `advance` next has work."""
        return min(self._events(), default=None)

    def settle(self, delivery: Delivery, error: str | None) -> None:
        """Records the run of a callback that was answered, or that failed with this error."""
        turn = delivery.run.turn
        status = "error" if turn.error else "ok"
        if delivery.job.run is delivery.run:
            self._finish(delivery.job, delivery.run, Outcome(status, turn.error, turn.reason, error))

    def restart(self, now_ms: int, killed_ms: int) -> None:
        """Restarts the gateway after a kill: all automations stay, and running turns have failed.

        No earlier call may have passed a time later than `killed_ms`.
        """
        self.advance(killed_ms)
        error = "cron: job interrupted by gateway restart"
        for job in self.jobs.values():
            interrupted = job.run
            if interrupted is not None:
                interrupted.ended_ms = now_ms
                self._finish(job, interrupted, Outcome("error", error, "interrupted", error))
            if job.next_ms is not None and (interrupted or job.next_ms <= now_ms):
                job.next_ms = now_ms + self._restart_wait_ms

    def stop(self, job: Automation, error: str, now_ms: int) -> None:
        """Ends a running turn, or the delivery of its callback, for this reason; no callback follows."""
        if job.run is None:
            return
        job.run.ended_ms = max(now_ms, job.run.started_ms)
        unsent = f"cron webhook delivery cancelled: {error}"
        if job.delivering:
            status = "error" if job.run.turn.error else "ok"
            self._finish(job, job.run, Outcome(status, job.run.turn.error, None, unsent))
        else:
            self._finish(job, job.run, Outcome("error", error, None, unsent))

    def _events(self) -> Iterable[int]:
        for job in self.jobs.values():
            if job.run is not None and not job.delivering:
                yield job.run.ends_ms
            elif job.run is None and job.enabled and job.next_ms is not None:
                yield job.next_ms

    def _start(self, job: Automation, now_ms: int) -> None:
        payload = job.definition["payload"]
        turn = run_turn(
            job.definition["agentId"], payload["message"], payload.get("toolsAllow", ["*"]), self._think_ms
        )
        limit_ms = 1000 * payload.get("timeoutSeconds", 0) or turn.duration_ms + 1
        timed_out = turn.duration_ms > limit_ms
        ends_ms = now_ms + min(turn.duration_ms, limit_ms)
        job.run = Run(self._new_id(), self._new_id(), now_ms, ends_ms, turn, timed_out)
        self.tasks[job.run.id] = (job, job.run)
        if turn.model_calls:
            self.model_calls.append(ModelCall(job.id, job.key, now_ms, turn.tools))

    def _end(self, job: Automation, run: Run) -> Iterable[Delivery]:
        run.ended_ms = run.ends_ms
        target = job.definition.get("delivery", {})
        if run.timed_out:
            error = "cron: job execution timed out (last phase: model-call-started)"
            unsent = f"cron webhook delivery timed out: {error}"
            self._finish(job, run, Outcome("error", error, "timeout", unsent))
        elif target.get("mode") == "webhook":
            job.delivering = True
            yield Delivery(job, run, str(target["to"]), payloads.callback(job, run))
        else:
            self._finish(
                job, run, Outcome("error" if run.turn.error else "ok", run.turn.error, run.turn.reason)
            )

    def _finish(self, job: Automation, run: Run, outcome: Outcome) -> None:
        ended_ms = run.ended_ms if run.ended_ms is not None else run.ends_ms
        run.status = _task_status(outcome)
        rescheduled = job.next_ms is not None and job.next_ms > run.started_ms
        job.run, job.delivering = None, False
        job.errors = job.errors + 1 if outcome.status == "error" else 0
        job.last = {
            "lastRunAtMs": run.started_ms,
            "lastRunStatus": outcome.status,
            "lastDurationMs": ended_ms - run.started_ms,
            **({"lastError": outcome.error} if outcome.error else {}),
            **({"lastErrorReason": outcome.reason} if outcome.reason else {}),
        }
        if not rescheduled:
            at_once = job.definition["schedule"]["kind"] == "at"
            again = at_once and outcome.reason in TRANSIENT and job.errors <= len(RETRY_AFTER_MS)
            job.next_ms = ended_ms + RETRY_AFTER_MS[job.errors - 1] if again else None
            job.enabled = again or not at_once
        self.history.setdefault(job.id, []).insert(0, payloads.entry(job, run, outcome))


def _task_status(outcome: Outcome) -> str:
    if outcome.status == "ok":
        return "completed"
    cancelled = outcome.error == "Cancelled by operator."
    return "cancelled" if cancelled else {"timeout": "timed_out"}.get(outcome.reason or "", "failed")
