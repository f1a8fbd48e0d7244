"""Stopping: a run is removed at the gateway, and no turn of it goes on."""

from __future__ import annotations

from dataclasses import dataclass

from mosaic.jobs.value_objects import RunHandle
from mosaic.openclaw.model import RunGateway, Task


@dataclass(frozen=True)
class StopResult:
    """What came of it: whether the gateway `held` the run, and whether it is `over`."""

    held: bool
    over: bool

    @property
    def said(self) -> str:
        """In a sentence for people."""
        if not self.over:
            return "the gateway removed the run, but goes on with a turn of it"
        if self.held:
            return "the gateway removed the run and confirmed that it is over"
        return "the gateway holds no such run, and no turn of it goes on"


def stop(gateway: RunGateway, declaration: RunHandle) -> StopResult:
    """Have the gateway forget the run; a turn that outlives that is cancelled by itself. Raises GatewayError.

    What is asked for again after a removal is refused, because its time has come; so it stays removed.
    """
    # What was removed before needs none of the few removals that a gateway takes in a minute.
    found = gateway.find(declaration.key)
    held = found is not None and gateway.remove(found.id)
    scheduled_run_id = found.id if found else declaration.id
    turns = gateway.running(scheduled_run_id) if scheduled_run_id else ()
    return StopResult(held=held or bool(turns), over=all(_ended(gateway, turn) for turn in turns))


def forget(gateway: RunGateway, declaration: RunHandle) -> StopResult:
    """As `stop`, for a run that is known to have ended: its turn is left alone, while the gateway still books it."""
    if declaration.id and gateway.remove(declaration.id):
        return StopResult(held=True, over=True)
    found = gateway.find(declaration.key)
    return StopResult(held=found is not None and gateway.remove(found.id), over=True)


def _ended(gateway: RunGateway, turn: Task) -> bool:
    gateway.cancel_task(turn.id)
    left = gateway.task(turn.id)
    return left is None or not left.running
