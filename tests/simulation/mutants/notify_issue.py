"""Mutants of comments on issues, and of the event bus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mosaic.forge.comments import ForgeUnavailable
from mosaic.services import notify_issue
from mosaic.services.comment_writer import CommentBusy, CommentWriter, LeasedComment
from mosaic.services.notify_issue import IssueNotifier
from mosaic.storage.coordination import VersionedRecord
from mosaic.storage.event_bus import BusMessage, EventBus
from tests.simulation.mutants.registry import Patch, mutant


@mutant
def existing_comment_is_not_found() -> tuple[Patch, ...]:
    """A comment whose id was not saved is created again."""
    return ((notify_issue, "marker", lambda _job_id: "<!-- no marker -->"),)


@mutant
def comment_lease_is_ignored() -> tuple[Patch, ...]:
    """Two notifiers write the same comment at once."""
    real = CommentWriter._acquire_lease

    def acquire_lease(self: Any, key: str, record: VersionedRecord, state: LeasedComment) -> VersionedRecord:
        try:
            return real(self, key, record, state)
        except CommentBusy:
            return record

    return ((CommentWriter, "_acquire_lease", acquire_lease),)


@mutant
def unavailable_forge_is_not_retried() -> tuple[Patch, ...]:
    """A notification is dropped if the forge is unavailable."""
    real = IssueNotifier.notify

    def notify_(self: Any, workspace_id: str, job_id: str) -> bool:
        try:
            return real(self, workspace_id, job_id)
        except (CommentBusy, ForgeUnavailable):
            return False

    return ((IssueNotifier, "notify", notify_),)


@mutant
def refused_entries_are_not_retried() -> tuple[Patch, ...]:
    """Entries that the bus refused are dropped."""
    real = EventBus.publish

    def publish(self: Any, notifications: Sequence[BusMessage]) -> frozenset[str]:
        real(self, notifications)
        return frozenset()

    return ((EventBus, "publish", publish),)
