"""The order of what a forge says about one check on one commit. Pure.

Deliveries may be late, repeated or out of order, and the times of a check may come from two clocks. So the
forge's id comes first, then the state, and a time only where it tells two results of one id apart.
"""

from __future__ import annotations

from typing import Literal

from mosaic.base import Timestamp, Value

# A check is completed again only a few times under one id.
MAX_REPLACED = 8

CheckState = Literal["begun", "completed", "reopened"]


class CheckVersion(Value):
    """One state of a check: a check run, or a commit status.

    A new run of a check has a greater id. `begun` is the first state of an id. `completed` may be replaced by
    another result under the same id. `reopened` means that the result of `completed_at` is requested again.
    """

    id: int = 0
    """The forge's id of the check run or status; 0 if it sends none"""
    state: CheckState = "completed"
    """The state of this id"""
    updated_at: Timestamp | None = None
    """The time of this state by the forge's own clock, if it sends one"""
    started_at: Timestamp | None = None
    """The start of the check, by the clock of the app"""
    completed_at: Timestamp | None = None
    """The end of the check, by the clock of the app"""
    outcome: str = ""
    """The result of a completed or reopened check, in the forge's word"""
    replaced: tuple[str, ...] = ()
    """The results of this id that later ones replaced"""

    def is_older_than(self, known: CheckVersion) -> bool:
        """True if `known` was made after this state, so that this state changes nothing."""
        if self.id != known.id:
            return self.id < known.id
        if self.state == "begun":
            return known.state != "begun"
        if known.state == "begun":
            return False
        if self.state == "reopened":
            return known.state == "completed" and not self._names(known)
        return self._is_older_result(known)

    def after(self, known: CheckVersion | None) -> CheckVersion:
        """Returns this version, with the results of the same id that it replaces."""
        if known is None or known.id != self.id:
            return self
        if self._key == known._key:
            return known.model_copy(update={"state": self.state})
        before = (known._key,) if known.state != "begun" else ()
        replaced = tuple(key for key in (*known.replaced, *before) if key != self._key)
        return self.model_copy(update={"replaced": replaced[-MAX_REPLACED:]})

    def _is_older_result(self, known: CheckVersion) -> bool:
        """Compares two results of one id. Without a difference in the forge's time or the start, the later
        delivery counts, unless it repeats a result that was replaced.
        """
        if known.state == "reopened" and self._names(known) and self.completed_at:
            return True
        for mine, other in ((self.updated_at, known.updated_at), (self.started_at, known.started_at)):
            if mine and other and mine != other:
                return mine < other
        return self._key in known.replaced

    def _names(self, known: CheckVersion) -> bool:
        return (self.started_at, self.completed_at) == (known.started_at, known.completed_at)

    @property
    def _key(self) -> str:
        times = (self.updated_at, self.started_at, self.completed_at)
        return " ".join((*(time.isoformat() if time else "-" for time in times), self.outcome))
