"""A caller and a workspace have a limited number of waiting requests."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from mosaic.services.limit_waits import GRACE, MAX_PER_CALLER, MAX_PER_WORKSPACE, TooManyWaits, WaitLimiter
from mosaic.storage.coordination import VersionedRecord
from tests.fakes.clock import FakeClock
from tests.fakes.storage.coordination import FakeCoordination


class Setup:
    """A limiter over a fake."""

    def __init__(self, shared: FakeCoordination | None = None) -> None:
        self.clock = FakeClock()
        self.limiter = WaitLimiter(shared or FakeCoordination(), self.clock)

    def begin(self, waits: ExitStack, caller: str = "token:1", workspace: str = "acme") -> None:
        waits.enter_context(self.limiter.waiting(workspace, caller, 20))


def test_caller_has_a_limit() -> None:
    setup = Setup()
    with ExitStack() as waits:
        for _ in range(MAX_PER_CALLER):
            setup.begin(waits)
        with pytest.raises(TooManyWaits, match="of the caller"):
            setup.begin(waits)
        setup.begin(waits, "token:2")
    with ExitStack() as waits:
        setup.begin(waits)


def test_workspace_has_a_limit() -> None:
    setup = Setup()
    with ExitStack() as waits:
        for number in range(MAX_PER_WORKSPACE):
            setup.begin(waits, f"token:{number}")
        with pytest.raises(TooManyWaits, match="of the workspace"):
            setup.begin(waits, "token:new")
        setup.begin(waits, workspace="other")


def test_killed_request_counts_until_its_end_was_due() -> None:
    setup = Setup()
    killed = [setup.limiter.waiting("acme", "token:1", 20) for _ in range(MAX_PER_CALLER)]
    for wait in killed:
        wait.__enter__()
    setup.clock.forward(20 + GRACE.total_seconds() - 1)
    with ExitStack() as waits, pytest.raises(TooManyWaits):
        setup.begin(waits)
    setup.clock.forward(1)
    with ExitStack() as waits:
        setup.begin(waits)


class _Busy(FakeCoordination):
    """A store whose record changes between each read and write."""

    def write(self, key: str, known: VersionedRecord, text: str) -> bool:
        """Returns False."""
        del key, known, text
        return False


def test_contended_record_lets_nobody_wait() -> None:
    with ExitStack() as waits, pytest.raises(TooManyWaits):
        Setup(_Busy()).begin(waits)
