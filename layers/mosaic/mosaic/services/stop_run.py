"""Stop a run: remove it from the gateway, and cancel any turn of it that goes on."""

from __future__ import annotations

from dataclasses import dataclass

from mosaic.jobs.value_objects import RunHandle
from mosaic.openclaw.model import RunGateway, Task


@dataclass(frozen=True)
class StopResult:
    """The result of a stop: whether the gateway had the run (`existed`), and whether the run is `over`."""

    existed: bool
    over: bool

    @property
    def summary(self) -> str:
        """The result in one sentence."""
        if not self.over:
            return "the gateway removed the run, but a turn of it goes on"
        if self.existed:
            return "the gateway removed the run and confirmed that it is over"
        return "the gateway has no such run, and no turn of it goes on"


def stop(gateway: RunGateway, run: RunHandle) -> StopResult:
    """Removes the run and cancels its remaining turns. Raises GatewayError.

    The run stays removed: the gateway refuses a repeated request, because the start time is past.
    """
    # The gateway takes only a few removals a minute, so the run is looked up first.
    found = gateway.find(run.key)
    existed = found is not None and gateway.remove(found.id)
    scheduled_run_id = found.id if found else run.id
    turns = gateway.running(scheduled_run_id) if scheduled_run_id else ()
    return StopResult(existed=existed or bool(turns), over=all(_cancel(gateway, turn) for turn in turns))


def remove_ended_run(gateway: RunGateway, run: RunHandle) -> StopResult:
    """Removes a run that has ended; unlike `stop`, ignores turns that the gateway still lists. Raises GatewayError."""
    if run.id and gateway.remove(run.id):
        return StopResult(existed=True, over=True)
    found = gateway.find(run.key)
    return StopResult(existed=found is not None and gateway.remove(found.id), over=True)


def _cancel(gateway: RunGateway, turn: Task) -> bool:
    """Cancels the turn; returns whether it is over."""
    gateway.cancel_task(turn.id)
    left = gateway.task(turn.id)
    return left is None or not left.running
