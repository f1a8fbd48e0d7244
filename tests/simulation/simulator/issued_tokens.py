"""The bearer tokens of everybody: whose each is, and until when it may open anything."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from mosaic.access.model import Principal, Role, Token
from mosaic.access.run_tokens import run_token
from mosaic.access.tokens import digest
from tests.fakes.access import FakeAccess
from tests.fakes.clock import NOON
from tests.fakes.deployment import CALLBACK_KEY

# Part of every secret that is known from the start.
SECRET = "simulatedtokensecret"


@dataclass
class IssuedToken:
    """A token that somebody was given. `until`, in seconds of the schedule, it has ended or is known to be revoked."""

    holder: Principal
    bearer: str
    until: float = inf


class IssuedTokens:
    """Every token that was given to anybody, and which of theirs people use now."""

    def __init__(self) -> None:
        self._given: dict[str, IssuedToken] = {}
        self._used: dict[Principal, IssuedToken] = {}

    def begin(self, access: FakeAccess, caller: Principal) -> None:
        """Somebody has had a token for long."""
        secret = f"{SECRET}of{caller.token_id}"
        token = Token(
            id=str(caller.token_id),
            workspace_id=caller.workspace_id,
            role=caller.role,
            digest=digest(secret),
            created_at=NOON,
        )
        access.put_token(token)
        self.give(caller, caller, f"{caller.token_id}-{secret}")

    def give(self, caller: Principal, holder: Principal, bearer: str, until: float = inf) -> None:
        """From now on `caller` uses this token, with which they are `holder`."""
        self._used[caller] = self._given[bearer] = IssuedToken(holder, bearer, until)

    def of(self, caller: Principal) -> IssuedToken:
        """The token that `caller` uses now; a run's is its own."""
        if caller not in self._used and caller.role is Role.RUNNER:
            bearer = run_token(
                caller.workspace_id, str(caller.job_id), int(caller.attempt or 0), CALLBACK_KEY
            )
            self.give(caller, caller, bearer)
        return self._used[caller]

    def known(self, bearer: str) -> IssuedToken | None:
        """What was given out as this token; None for one that was never."""
        return self._given.get(bearer)
