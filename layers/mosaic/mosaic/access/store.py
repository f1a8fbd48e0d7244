"""Where workspaces, tokens and the repositories that workspaces answer for are kept."""

from __future__ import annotations

from typing import Protocol

from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model

from mosaic.access.model import Token, Workspace
from mosaic.dynamo import bind

ANY_REPOSITORY = "*"


class Access(Protocol):
    """What the flows need of the access table."""

    def workspace(self, workspace_id: str) -> Workspace | None:
        """The workspace as last saved (strongly consistent), or None."""

    def token(self, token_id: str) -> Token | None:
        """The token with this id, or None."""

    def workspace_of(self, provider: str, repository: str) -> str | None:
        """The id of the workspace that takes webhooks from this repository, or None."""


class AccessItem(Model):
    """A workspace, a token or a repository as DynamoDB holds it: the kind is the key's first word."""

    class Meta:
        """The table is bound by `mosaic.dynamo.bind`."""

        table_name = "access"

    access_key = UnicodeAttribute(hash_key=True)
    workspace_id = UnicodeAttribute()
    value = UnicodeAttribute(null=True)


class AccessStore:
    """Workspaces, tokens and repositories in DynamoDB."""

    def __init__(self, table: str) -> None:
        self._items = bind(AccessItem, table)

    def workspace(self, workspace_id: str) -> Workspace | None:
        """See `Access.workspace`."""
        item = self._get(f"workspace#{workspace_id}")
        return Workspace.model_validate_json(item.value) if item else None

    def token(self, token_id: str) -> Token | None:
        """See `Access.token`."""
        item = self._get(f"token#{token_id}") if token_id else None
        return Token.model_validate_json(item.value) if item else None

    def workspace_of(self, provider: str, repository: str) -> str | None:
        """See `Access.workspace_of`: the repository itself wins over a workspace that takes any."""
        item = self._get(_repository(provider, repository)) or self._get(
            _repository(provider, ANY_REPOSITORY)
        )
        return item.workspace_id if item else None

    def put_workspace(self, workspace: Workspace) -> None:
        """Store a workspace over what was there."""
        self._put(f"workspace#{workspace.id}", workspace.id, workspace.model_dump_json(by_alias=True))

    def put_token(self, token: Token) -> None:
        """Store a token over what was there."""
        self._put(f"token#{token.id}", token.workspace_id, token.model_dump_json(by_alias=True))

    def connect(self, provider: str, repository: str, workspace_id: str) -> None:
        """Have webhooks from a repository (ANY_REPOSITORY for all others) go to a workspace."""
        self._put(_repository(provider, repository), workspace_id, None)

    def _get(self, key: str) -> AccessItem | None:
        try:
            return self._items.get(key, consistent_read=True)
        except self._items.DoesNotExist:
            return None

    def _put(self, key: str, workspace_id: str, value: str | None) -> None:
        self._items(key, workspace_id=workspace_id, value=value).save()


def _repository(provider: str, repository: str) -> str:
    return f"repository#{provider}#{repository.lower()}"
