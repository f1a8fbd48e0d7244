"""What can go wrong with tokens and workspaces, in the domain's words."""

from __future__ import annotations

from mosaic.access.model import Repository


class AccessProblem(Exception):
    """Base of everything a caller can be told about tokens and workspaces."""


class TokenNotFound(AccessProblem):
    """No such token in this workspace."""

    def __init__(self, token_id: str) -> None:
        super().__init__(f"there is no token {token_id} in this workspace")


class LastAdmin(AccessProblem):
    """The workspace would be left without any admin's token."""

    def __init__(self) -> None:
        super().__init__("this is the workspace's last admin token; make another one first")


class RepositoryTaken(AccessProblem):
    """Another workspace takes webhooks from the repository; whose it is stays untold."""

    def __init__(self, repositories: tuple[Repository, ...]) -> None:
        named = ", ".join(f"{one.provider} {one.name}" for one in repositories)
        super().__init__(f"connected elsewhere: {named}")


class StaleAccess(AccessProblem):
    """Somebody changed the workspace or its tokens first; read again."""


class TooManyApprovals(AccessProblem):
    """The workspace has as many standing approvals as one may have."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"a workspace holds {limit} standing approvals, fewer if they name many paths; "
            "withdraw some, or approve this job alone"
        )
