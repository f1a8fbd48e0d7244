"""What tells issues too much, too little, or what is no longer true."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mosaic.forge.comments import ForgeUnavailable
from mosaic.services import notify_issue
from mosaic.services.notify_issue import CommentBusy, CommentState, IssueNotifier
from mosaic.storage.coordination import VersionedRecord
from mosaic.storage.event_bus import BusEntry, EventBus
from tests.simulation.mutants.registry import Patch, mutant


@mutant
def nobody_looks_for_the_comment() -> tuple[Patch, ...]:
    """A comment whose id was not noted is written again."""
    return ((notify_issue, "marker", lambda _job_id: "<!-- nobody's -->"),)


@mutant
def turns_that_nobody_waits_for() -> tuple[Patch, ...]:
    """Whoever finds somebody else writing a comment writes it as well."""
    real = IssueNotifier._acquire_lease

    def take_turn(self: Any, key: str, note: VersionedRecord, kept: CommentState) -> VersionedRecord:
        try:
            return real(self, key, note, kept)
        except CommentBusy:
            return note

    return ((IssueNotifier, "_acquire_lease", take_turn),)


@mutant
def a_forge_that_is_away_is_not_told() -> tuple[Patch, ...]:
    """A notice that a forge did not take is done."""
    real = IssueNotifier.notify

    def notify_(self: Any, workspace_id: str, job_id: str) -> bool:
        try:
            return real(self, workspace_id, job_id)
        except (CommentBusy, ForgeUnavailable):
            return False

    return ((IssueNotifier, "notify", notify_),)


@mutant
def what_the_bus_refuses_is_done() -> tuple[Patch, ...]:
    """Nobody looks which events the bus did not take."""
    real = EventBus.publish

    def publish(self: Any, notifications: Sequence[BusEntry]) -> frozenset[str]:
        real(self, notifications)
        return frozenset()

    return ((EventBus, "publish", publish),)
