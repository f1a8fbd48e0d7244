"""The workspace `demo` of a stack on one machine: open to any repository, with tokens that examples can name."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

from mosaic.access.model import ANY_REPOSITORY, PROVIDERS, STORED_ROLES, Repository, Role, Token, Workspace
from mosaic.access.tokens import digest, split
from mosaic.storage.access import AccessStore

WORKSPACE = "demo"
TOKENS: dict[str, Role] = {f"local-{role}-token": role for role in STORED_ROLES}


def seed(store: AccessStore, now: datetime) -> None:
    """Stores the workspace and a token for every role; where the workspace is already there, nothing changes."""
    if store.workspace(WORKSPACE) is not None:
        return
    for bearer, role in TOKENS.items():
        store.put_token(_token(bearer, role, now))
    # Last, so that a seeding which was cut short is done again.
    any_repository = tuple(Repository(provider=one, name=ANY_REPOSITORY) for one in PROVIDERS)
    store.put_workspace(Workspace(id=WORKSPACE, name="Demo", repositories=any_repository))


def handler(_event: object, _context: object) -> dict[str, Any]:
    """Seeds the table ACCESS_TABLE and returns `{workspace, tokens}`; for stacks on one machine, no function has it."""
    seed(AccessStore(os.environ["ACCESS_TABLE"]), datetime.now(UTC))
    return {"workspace": WORKSPACE, "tokens": {role: bearer for bearer, role in TOKENS.items()}}


def _token(bearer: str, role: Role, now: datetime) -> Token:
    token_id, secret = split(bearer)
    return Token(
        id=token_id,
        workspace_id=WORKSPACE,
        role=role,
        digest=digest(secret),
        name=role,
        created_at=now,
    )
