"""The workspace `demo` of a stack on one machine: open to any repository, with tokens that examples can name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mosaic.access.model import ANY_REPOSITORY, PROVIDERS, STORED_ROLES, Repository, Role, Token
from mosaic.access.new_workspace import new_workspace
from mosaic.access.tokens import digest, split
from mosaic.storage.access import AccessStore

WORKSPACE = "demo"
MEMBER = "ada"
"""The login of the workspace's member on every forge; everybody else is a guest there."""
TOKENS: dict[str, Role] = {f"local-{role}-token": role for role in STORED_ROLES}


def seed(store: AccessStore, now: datetime, tokens: Mapping[str, Role] = TOKENS) -> None:
    """Stores the workspace and a token for every role. A token with another secret replaces the stored one;
    otherwise nothing changes where the workspace is already there.
    """
    for token in (_token(bearer, role, now) for bearer, role in tokens.items()):
        stored = store.token(token.id)
        if stored is None or stored.digest != token.digest:
            store.put_token(token)
    if store.workspace(WORKSPACE) is not None:
        return
    # Last, so that a seeding which was cut short is done again.
    any_repository = tuple(Repository(provider=one, name=ANY_REPOSITORY) for one in PROVIDERS)
    members = tuple(f"{provider}:{MEMBER}" for provider in PROVIDERS)
    # No forge sends its pushes.
    demo = new_workspace(WORKSPACE, "Demo", any_repository, forge_members=members)
    store.put_workspace(demo.model_copy(update={"require_push": False}))


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Seeds the table ACCESS_TABLE and returns `{workspace, tokens}`; for stacks on one machine, no function has it.

    The event may name the bearer of each role as `tokens`.
    """
    tokens = {bearer: Role(role) for role, bearer in event.get("tokens", {}).items()} or TOKENS
    seed(AccessStore(os.environ["ACCESS_TABLE"]), datetime.now(UTC), tokens)
    return {"workspace": WORKSPACE, "tokens": {role: bearer for bearer, role in tokens.items()}}


def _token(bearer: str, role: Role, now: datetime) -> Token:
    token_id, secret = split(bearer)
    return Token(
        id=token_id,
        workspace_id=WORKSPACE,
        role=role,
        digest=digest(secret),
        name=role,
        repositories=(ANY_REPOSITORY,) if role is Role.REPORTER else (),
        created_at=now,
    )
