"""A gateway in memory that offers hooks only."""

from __future__ import annotations

from mosaic.openclaw.errors import GatewayError, GatewayUnavailable
from mosaic.openclaw.model import RunRequest


class FakeHooks:
    """`Hooks` that admits every run and forgets it.

    While there is an `error` it is raised; one that leaves open whether the run was accepted lets it begin.
    """

    def __init__(self) -> None:
        self.started: list[RunRequest] = []
        self.error: GatewayError | None = None

    def start(self, request: RunRequest) -> str:
        """As Hooks."""
        if self.error is None or _is_unclear(self.error):
            self.started.append(request)
        if self.error:
            raise self.error
        return f"hook-{len(self.started)}"


def _is_unclear(error: GatewayError) -> bool:
    return isinstance(error, GatewayUnavailable) and error.may_have_been_accepted
