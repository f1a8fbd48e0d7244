"""The workspace `demo` of a stack on one machine: open to any repository, with tokens that examples can name."""

from __future__ import annotations

from datetime import datetime

from mosaic.access.model import ANY_REPOSITORY, PROVIDERS, STORED_ROLES, Repository, Role, Token, Workspace
from mosaic.access.store import AccessStore
from mosaic.access.tokens import digest, split

WORKSPACE = "demo"
TOKENS: dict[str, Role] = {f"local-{role}-token": role for role in STORED_ROLES}


def seed(store: AccessStore, now: datetime) -> None:
    """Store the workspace and a token for every role; doing it again changes nothing but their dates."""
    any_repository = tuple(Repository(provider=one, name=ANY_REPOSITORY) for one in PROVIDERS)
    store.put_workspace(Workspace(id=WORKSPACE, name="Demo", repositories=any_repository))
    for bearer, role in TOKENS.items():
        token_id, secret = split(bearer)
        store.put_token(
            Token(
                id=token_id,
                workspace_id=WORKSPACE,
                role=role,
                digest=digest(secret),
                name=role,
                created_at=now,
            )
        )
