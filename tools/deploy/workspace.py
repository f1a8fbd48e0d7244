"""A workspace and its first admin token, written with the domain's own code."""

from __future__ import annotations

import re

from mosaic import clock
from mosaic.access.model import Repository, Role, Workspace
from mosaic.services.manage_tokens import TokenManager
from mosaic.storage.access import AccessStore
from tools.deploy.account import Refused

ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
ACTOR = "deployment"
_ODD = "{!r} is no repository such as github:acme/shop"


def create(table: str, workspace_id: str, repositories: tuple[str, ...]) -> str:
    """Store the workspace, if it is new, and return the bearer of a new admin token for it, to be shown once.

    A repository is `github:acme/shop` or `gitea:acme/shop`. Raises Refused for what cannot be, RepositoryTaken for a
    repository that another workspace has.
    """
    if not ID.fullmatch(workspace_id):
        raise Refused(f"{workspace_id!r} is no id: small letters, digits and dashes, at most 63")
    named = tuple(map(_repository, repositories))
    store = AccessStore(table)
    if store.workspace(workspace_id) is None:
        store.put_workspace(Workspace(id=workspace_id, name=workspace_id, version=1, repositories=named))
    _, bearer = TokenManager(store, clock.now, clock.new_job_id).issue(
        workspace_id, "first admin", Role.ADMIN, ACTOR
    )
    return bearer


def _repository(text: str) -> Repository:
    provider, _, name = text.partition(":")
    try:
        found = Repository.model_validate({"provider": provider, "name": name})
    except ValueError as error:
        raise Refused(_ODD.format(text)) from error
    if not re.fullmatch(r"[^/\s]+/[^/\s]+", name):
        raise Refused(_ODD.format(text))
    return found
