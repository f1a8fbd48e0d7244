"""The access table in memory."""

from __future__ import annotations

from mosaic.access.model import Token, Workspace
from mosaic.access.store import ANY_REPOSITORY


class FakeAccess:
    """`Access`, filled as the real store is."""

    def __init__(self) -> None:
        self._workspaces: dict[str, Workspace] = {}
        self._tokens: dict[str, Token] = {}
        self._repositories: dict[tuple[str, str], str] = {}

    def workspace(self, workspace_id: str) -> Workspace | None:
        """As Access."""
        return self._workspaces.get(workspace_id)

    def token(self, token_id: str) -> Token | None:
        """As Access."""
        return self._tokens.get(token_id)

    def workspace_of(self, provider: str, repository: str) -> str | None:
        """As Access."""
        own = self._repositories.get((provider, repository.lower()))
        return own or self._repositories.get((provider, ANY_REPOSITORY))

    def put_workspace(self, workspace: Workspace) -> None:
        """As AccessStore."""
        self._workspaces[workspace.id] = workspace

    def put_token(self, token: Token) -> None:
        """As AccessStore."""
        self._tokens[token.id] = token

    def connect(self, provider: str, repository: str, workspace_id: str) -> None:
        """As AccessStore."""
        self._repositories[provider, repository.lower()] = workspace_id
