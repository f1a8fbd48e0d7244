"""Creates a workspace and its first admin token, with the product's own code."""

from __future__ import annotations

import re

from mosaic import clock
from mosaic.access.model import Repository, Role
from mosaic.access.new_workspace import new_workspace
from mosaic.services.manage_tokens import TokenManager
from mosaic.storage.access import AccessStore
from tools.deploy.account import Refused

ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
ACTOR = "deployment"
_INVALID_REPOSITORY = "{!r} is not a repository; write it like github:acme/shop"


def create(table: str, workspace_id: str, repositories: tuple[str, ...]) -> str:
    """Stores the workspace, if it is new, and returns the bearer of a new admin token for it. It can be shown
    only once.

    A repository is `github:acme/shop` or `gitea:acme/shop`. Raises Refused for an invalid value,
    RepositoryTaken for a repository of another workspace.
    """
    if not ID.fullmatch(workspace_id):
        raise Refused(f"{workspace_id!r} is not an id: use at most 63 lower-case letters, digits and dashes")
    repository_models = tuple(map(_repository, repositories))
    store = AccessStore(table)
    if store.workspace(workspace_id) is None:
        store.put_workspace(new_workspace(workspace_id, workspace_id, repository_models, version=1))
    _, bearer = TokenManager(store, clock.now, clock.new_job_id).issue(
        workspace_id, "first admin", Role.ADMIN, ACTOR
    )
    return bearer


def _repository(text: str) -> Repository:
    provider, _, name = text.partition(":")
    try:
        repository = Repository.model_validate({"provider": provider, "name": name})
    except ValueError as error:
        raise Refused(_INVALID_REPOSITORY.format(text)) from error
    if not re.fullmatch(r"[^/\s]+/[^/\s]+", name):
        raise Refused(_INVALID_REPOSITORY.format(text))
    return repository
