"""Holders: the workspaces that receive the webhooks of a repository's name, and whose jobs may name it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

# Its deliveries come from no forge: a holder of the connection's secret writes them.
WITHOUT_FORGE = "mosaic"


@dataclass(frozen=True)
class Holder:
    """The workspace that receives the webhooks of a name on one provider.

    It is `proven` by a delivery that the secret of its connection signed. Without a connection, the name was
    set in the workspace's configuration. `repository_id` is the connection's, once known.
    """

    workspace_id: str
    proven: bool = False
    repository_id: str | None = None


@dataclass(frozen=True)
class Holders:
    """The holders of a repository, by provider.

    `named` hold its name on any provider, `rest` each repository without a holder on the providers in
    question. `by_id` holds the repository's id, whatever its name.
    """

    named: Mapping[str, Holder]
    rest: Mapping[str, Holder]
    by_id: Holder | None = None

    def allow(self, workspace_id: str, providers: Collection[str], repository_id: str | None) -> bool:
        """Returns True if jobs of the workspace may name the repository on one of the providers.

        A name that another workspace has proven, on any provider, needs more than a connection of
        WITHOUT_FORGE, which proves nothing about a forge.
        """
        if not self._is_received(workspace_id, providers, repository_id):
            return False
        is_foreign = any(one.proven and one.workspace_id != workspace_id for one in self.named.values())
        return not is_foreign or self._is_held_on_a_forge(workspace_id)

    def _is_received(self, workspace_id: str, providers: Collection[str], repository_id: str | None) -> bool:
        forge, _, forge_id = (repository_id or "").partition(":")
        if self.by_id:
            # A body can claim any name for an id of its own.
            holders = {self.by_id.workspace_id, self.named.get(forge, self.by_id).workspace_id}
            return holders == {workspace_id}
        candidates = (self.named.get(provider) or self.rest.get(provider) for provider in providers)
        return any(
            one.workspace_id == workspace_id and (not forge_id or one.repository_id in {None, forge_id})
            for one in candidates
            if one
        )

    def _is_held_on_a_forge(self, workspace_id: str) -> bool:
        """True also for a name from the configuration, on any provider: the operator allowed it."""
        held = {**self.rest, **self.named}
        return any(
            one.workspace_id == workspace_id and (provider != WITHOUT_FORGE or not one.proven)
            for provider, one in held.items()
        )
