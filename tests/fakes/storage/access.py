"""The access table in memory."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from mosaic.access.errors import RepositoryTaken, StaleAccess
from mosaic.access.holders import Holder, Holders
from mosaic.access.model import ANY_REPOSITORY, PROVIDERS, Repository, Token, Workspace
from mosaic.storage.access import LAST_USED_EVERY


class FakeAccess:
    """`Access` and the rest of `AccessStore` over dictionaries."""

    def __init__(self) -> None:
        self._workspaces: dict[str, Workspace] = {}
        self._tokens: dict[str, Token] = {}
        self._repositories: dict[tuple[str, str], str] = {}
        self.own_secret: set[tuple[str, str]] = set()
        self.ids: dict[tuple[str, str], str] = {}

    def workspace(self, workspace_id: str) -> Workspace | None:
        """See `Access.workspace`."""
        return self._workspaces.get(workspace_id)

    def token(self, token_id: str) -> Token | None:
        """See `Access.token`."""
        return self._tokens.get(token_id)

    def workspace_of(self, provider: str, repository: str) -> str | None:
        """See `Access.workspace_of`."""
        own = self._repositories.get((provider, repository.lower()))
        return own or self._repositories.get((provider, ANY_REPOSITORY))

    def is_connected(
        self,
        workspace_id: str,
        repository: str,
        providers: Collection[str],
        repository_id: str | None = None,
    ) -> bool:
        """See `Access.is_connected`."""
        forge, _, forge_id = (repository_id or "").partition(":")
        named = {provider: self._holder(provider, repository.lower()) for provider in PROVIDERS}
        rest = {provider: self._holder(provider, ANY_REPOSITORY) for provider in providers}
        return Holders(
            named={provider: one for provider, one in named.items() if one},
            rest={provider: one for provider, one in rest.items() if one},
            by_id=self._holder(forge, f"id={forge_id}"),
        ).allow(workspace_id, providers, repository_id)

    def _holder(self, provider: str, name: str) -> Holder | None:
        key = (provider, name)
        workspace_id = self._repositories.get(key)
        return Holder(workspace_id, key in self.own_secret, self.ids.get(key)) if workspace_id else None

    def connect_all(self, workspace_id: str) -> None:
        """Lets the workspace receive the webhooks of each repository that no other has, without naming it."""
        self._repositories.update({(provider, ANY_REPOSITORY): workspace_id for provider in PROVIDERS})

    def disconnect_all(self) -> None:
        """Lets no workspace receive webhooks."""
        self._repositories.clear()

    def configure(self, before: Workspace, after: Workspace) -> None:
        """See `Access.configure`."""
        stored = self._workspaces.get(after.id)
        wanted = {_key(one): one for one in after.repositories}
        taken = tuple(
            one
            for key, one in wanted.items()
            if self._repositories.get(key, after.id) != after.id
            or (key in self.own_secret and key not in {_key(known) for known in before.repositories})
        )
        if taken:
            raise RepositoryTaken(taken)
        if (stored.version if stored else 0) != before.version:
            raise StaleAccess("the workspace has changed")
        for lost in {_key(one) for one in before.repositories} - set(wanted):
            self._repositories.pop(lost, None)
        self._repositories.update(dict.fromkeys(wanted, after.id))
        self._workspaces[after.id] = after

    def take(self, repository: tuple[str, str], workspace_id: str) -> None:
        """Lets an active connection of the workspace have the repository. Raises StaleAccess if another has it."""
        if self._repositories.get(repository, workspace_id) != workspace_id:
            raise StaleAccess("another workspace has the repository")
        self._repositories[repository] = workspace_id
        self.own_secret.add(repository)

    def free(self, repository: tuple[str, str]) -> None:
        """Removes the repository of an active connection."""
        self._repositories.pop(repository, None)
        self.own_secret.discard(repository)
        self.ids.pop(repository, None)

    def tokens(self, workspace_id: str, limit: int, before: str | None) -> tuple[Token, ...]:
        """See `Access.tokens`."""
        ids = sorted(
            (one.id for one in self._tokens.values() if one.workspace_id == workspace_id), reverse=True
        )
        older = [token_id for token_id in ids if before is None or token_id < before]
        return tuple(self._tokens[token_id] for token_id in older[:limit])

    def add_token(self, token: Token) -> None:
        """See `Access.add_token`."""
        if token.id in self._tokens:
            raise StaleAccess("the id is taken")
        self._tokens[token.id] = token

    def revoke_token(self, token: Token, now: datetime, keeper: str | None) -> None:
        """See `Access.revoke_token`."""
        for needed in (token.id, *([keeper] if keeper else [])):
            if needed not in self._tokens or self._tokens[needed].revoked_at:
                raise StaleAccess("a token was revoked")
        self._tokens[token.id] = self._tokens[token.id].model_copy(update={"revoked_at": now})

    def touch_token(self, token: Token, now: datetime) -> None:
        """See `Access.touch_token`."""
        stored = self._tokens.get(token.id)
        if stored and (stored.last_used_at is None or stored.last_used_at <= now - LAST_USED_EVERY):
            self._tokens[token.id] = stored.model_copy(update={"last_used_at": now})

    def put_workspace(self, workspace: Workspace) -> None:
        """See `AccessStore.put_workspace`."""
        self.configure(self._workspaces.get(workspace.id) or Workspace(id=workspace.id), workspace)

    def put_token(self, token: Token) -> None:
        """See `AccessStore.put_token`."""
        self._tokens[token.id] = token

    def connect(self, provider: str, repository: str, workspace_id: str) -> None:
        """See `AccessStore.connect`."""
        added = Repository.model_validate({"provider": provider, "name": repository})
        known = self._workspaces.get(workspace_id) or Workspace(id=workspace_id)
        self.configure(known, known.model_copy(update={"repositories": (*known.repositories, added)}))


def _key(repository: Repository) -> tuple[str, str]:
    return repository.provider, repository.name.lower()
