"""All issued bearer tokens, with their holders and ends."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from mosaic.access.model import Principal, Role, Token
from mosaic.access.run_tokens import run_token
from mosaic.access.tokens import digest
from tests.fakes.clock import NOON
from tests.fakes.deployment import RUN_TOKEN_KEY
from tests.fakes.storage.access import FakeAccess

# Part of every secret that exists from the start.
SECRET_PART = "simulatedtokensecret"


@dataclass
class IssuedToken:
    """A token that was issued to an actor. At `until`, in seconds of the schedule, it has expired or is
    revoked.
    """

    holder: Principal
    bearer: str
    until: float = inf


class IssuedTokens:
    """All tokens that were ever issued, and the one that each caller uses now."""

    def __init__(self) -> None:
        self._issued: dict[str, IssuedToken] = {}
        self._current: dict[Principal, IssuedToken] = {}

    def add_existing(self, access: FakeAccess, caller: Principal) -> None:
        """Adds a token that the caller has had since before the simulation."""
        secret = f"{SECRET_PART}of{caller.token_id}"
        token = Token(
            id=str(caller.token_id),
            workspace_id=caller.workspace_id,
            role=caller.role,
            repositories=caller.repositories,
            digest=digest(secret),
            created_at=NOON,
        )
        access.put_token(token)
        self.issue(caller, caller, f"{caller.token_id}-{secret}")

    def issue(self, caller: Principal, holder: Principal, bearer: str, until: float = inf) -> None:
        """Makes this token the one that `caller` uses; it authenticates them as `holder`."""
        self._current[caller] = self._issued[bearer] = IssuedToken(holder, bearer, until)

    def current(self, caller: Principal) -> IssuedToken:
        """Returns the token that `caller` uses now. A run has its run token."""
        if caller not in self._current and caller.role is Role.RUNNER:
            bearer = run_token(
                caller.workspace_id, str(caller.job_id), int(caller.attempt or 0), RUN_TOKEN_KEY
            )
            self.issue(caller, caller, bearer)
        return self._current[caller]

    def find(self, bearer: str) -> IssuedToken | None:
        """Returns the issued token, None if it was never issued."""
        return self._issued.get(bearer)
