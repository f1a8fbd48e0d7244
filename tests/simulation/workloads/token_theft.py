"""Token theft: eve replaces ada's token, and an attacker tries the old one."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import inf
from random import Random
from typing import Any

from mosaic.access.model import Principal
from mosaic.base import rfc3339
from tests.simulation.simulator.event_sources import seconds
from tests.simulation.simulator.issued_tokens import IssuedToken
from tests.simulation.workloads.actors import ADMIN, MEMBER, STRANGER, Actors

# Stolen tokens are tried for so many seconds.
TRIED_WITHIN = 900.0


class TokenTheftWorkload:
    """Eve replaces ada's token, mallory uses the old one, a stranger sends requests, and others guess tokens."""

    def __init__(self, actors: Actors, random: Random) -> None:
        self._actors, self._random = actors, random
        self._renewals_left = random.choice((1, 1, 2))
        actors.schedule("eve", self._renew, random.random() * 300)
        for _ in range(2):
            actors.schedule("anonymous", self._use_guessed_token, random.random() * 600)
        actors.schedule(
            "a stranger", lambda: actors.request("GET", "/runner-jobs", None, STRANGER), random.random() * 600
        )

    def _renew(self) -> None:
        self._renewals_left -= 1
        old = replace_token(self._actors, self._token_request())
        for token in (old, self._actors.history.tokens.current(MEMBER)):
            if token.until < inf:
                self._steal(token)
        if self._renewals_left > 0:
            self._actors.schedule("eve", self._renew, 700 * self._random.random())

    def _token_request(self) -> dict[str, Any]:
        ends = self._random.random() < 0.5
        until = self._actors.cloud.schedule.clock() + timedelta(seconds=30 + self._random.random() * 600)
        return {"name": "ada", "role": "member", **({"expiresAt": rfc3339(until)} if ends else {})}

    def _steal(self, token: IssuedToken) -> None:
        for _ in range(2):
            self._actors.schedule(
                "mallory", lambda: self._use(token.bearer), TRIED_WITHIN * self._random.random()
            )

    def _use_guessed_token(self) -> None:
        tokens = self._actors.history.tokens
        ada, eve = tokens.current(MEMBER), tokens.current(ADMIN)
        name, secret = eve.holder.token_id, ada.bearer.rpartition("-")[2]
        guesses = (
            f"{name}-{secret}",
            f"{name}-guessed",
            f"{name}",
            "-",
            f"run.{secret}",
            f"unknown-{secret}",
        )
        self._use(self._random.choice(guesses))

    def _use(self, bearer: str) -> None:
        """Reads a random job and cancels it with this token."""
        jobs = [observed.key[1] for observed in self._actors.history.observed_jobs.values()]
        if not jobs:
            return
        path = f"/runner-jobs/{self._random.choice(jobs)}"
        self._actors.request("GET", path, bearer=bearer)
        self._actors.request("POST", f"{path}/cancel", bearer=bearer)


def replace_token(actors: Actors, body: dict[str, Any]) -> IssuedToken:
    """Eve issues another token for ada and revokes the old one, which is returned."""
    tokens, schedule = actors.history.tokens, actors.cloud.schedule
    old = tokens.current(MEMBER)
    created = actors.until_answered(lambda: actors.request("POST", "/tokens", body, ADMIN))
    if created and created.status == 201:
        ends = created.json.get("expiresAt")
        own = {
            "token_id": created.json["id"],
            "token_name": created.json["name"],
            "expires_at": ends,
            "creators": ADMIN.actors,
        }
        holder = Principal.model_validate({**MEMBER.model_dump(), **own})
        until = seconds(datetime.fromisoformat(ends)) if ends else inf
        tokens.issue(MEMBER, holder, created.json["token"], until)
    actors.schedule("mallory", lambda: actors.request("GET", "/runner-jobs", bearer=old.bearer), 0.01)
    revoked = actors.until_answered(
        lambda: actors.request("DELETE", f"/tokens/{old.holder.token_id}", None, ADMIN)
    )
    if revoked and revoked.status == 204:
        old.until = min(old.until, schedule.now)
    return old
