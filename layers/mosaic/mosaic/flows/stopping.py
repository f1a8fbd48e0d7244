"""Stopping: a run is removed at the gateway, and no turn of it goes on."""

from __future__ import annotations

from dataclasses import dataclass

from mosaic.jobs.parts import Declaration
from mosaic.openclaw.model import RunGateway, Task


@dataclass(frozen=True)
class Stop:
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
        return "the gateway holds no such run"


def stop(gateway: RunGateway, declaration: Declaration) -> Stop:
    """Have the gateway forget the run; a turn that outlives that is cancelled by itself. Raises GatewayError.

    What is asked for again after a removal is refused, because its time has come; so it stays removed.
    """
    declaration_id = declaration.id
    held = declaration_id is not None and gateway.remove(declaration_id)
    if not held:
        found = gateway.find(declaration.key)
        declaration_id = found.id if found else declaration_id
        held = found is not None and gateway.remove(found.id)
    if declaration_id is None:
        return Stop(held=False, over=True)
    turns = gateway.running(declaration_id)
    return Stop(held=held or bool(turns), over=all(_ended(gateway, turn) for turn in turns))


def _ended(gateway: RunGateway, turn: Task) -> bool:
    gateway.cancel_task(turn.id)
    left = gateway.task(turn.id)
    return left is None or not left.running
