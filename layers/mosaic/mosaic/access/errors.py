"""Errors about tokens and workspaces."""

from __future__ import annotations

from mosaic.access.model import Repository


class AccessProblem(Exception):
    """Base of all errors about tokens and workspaces that a caller may see."""


class TokenNotFound(AccessProblem):
    """The workspace has no such token."""

    def __init__(self, token_id: str) -> None:
        super().__init__(f"there is no token {token_id} in this workspace")


class LastAdmin(AccessProblem):
    """The workspace would have no admin token left."""

    def __init__(self) -> None:
        super().__init__("this is the workspace's last admin token; create another one first")


class TooManyCreators(AccessProblem):
    """The new token would have too many actors behind it."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"this token was created with another token, and so on, {limit} times; "
            "create the new one with an earlier token"
        )


class RepositoryTaken(AccessProblem):
    """Another workspace receives webhooks of the repository. The error does not name that workspace."""

    def __init__(self, repositories: tuple[Repository, ...]) -> None:
        named = ", ".join(f"{repository.provider} {repository.name}" for repository in repositories)
        super().__init__(f"connected elsewhere: {named}")


class StaleAccess(AccessProblem):
    """The workspace or its tokens were changed first. Read them again."""


class TooManyApprovals(AccessProblem):
    """The workspace has the maximum number of standing approvals."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"a workspace holds {limit} standing approvals, fewer if they name many paths; "
            "revoke some, or approve this job only"
        )
