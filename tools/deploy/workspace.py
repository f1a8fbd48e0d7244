"""Creates a workspace, its connections and its first admin token, with the product's own code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import boto3
from pydantic import TypeAdapter, ValidationError

from mosaic import clock
from mosaic.access.connections import Connection
from mosaic.access.model import Repository, Role, Workspace
from mosaic.access.new_workspace import new_workspace
from mosaic.rails.capabilities import CAPABILITIES
from mosaic.safe_urls import SafeUrl
from mosaic.services.connect_repository import RepositoryConnections
from mosaic.services.manage_tokens import TokenManager
from mosaic.storage.access import AccessStore
from mosaic.storage.connections import ConnectionStore
from mosaic.storage.secrets import SecretStore
from tools.deploy.account import Refused

ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
ACTOR = "deployment"
_URL: TypeAdapter[str] = TypeAdapter(SafeUrl)
_INVALID_REPOSITORY = "{!r} is not a repository; write it like github:acme/shop"
_CEILING = re.compile(r"(github|gitea|forgejo|mosaic):(\*|[^/\s*]+/(\*|[^/\s*]+))")


def checked_gateway(name: str) -> str:
    """Returns the name of a gateway; raises Refused if it is invalid."""
    if not ID.fullmatch(name):
        raise Refused(f"{name!r} is not a name: use lower-case letters, digits and dashes")
    return name


def checked_url(url: str) -> str:
    """Returns the URL of a gateway; raises Refused unless tokens may be sent to it."""
    try:
        return _URL.validate_python(url)
    except ValidationError as error:
        raise Refused(f"{url!r} is no URL for tokens: use https, and no slash at the end") from error


@dataclass(frozen=True)
class Limits:
    """What the operator lets a workspace use; None for no limit."""

    repository_ceiling: tuple[str, ...] | None = None
    capability_ceiling: tuple[str, ...] | None = None
    gateway: str | None = None

    @classmethod
    def parse(cls, repositories: str, capabilities: str, gateway: str) -> Limits:
        """Returns the limits in the operator's answers; raises Refused for an invalid one."""
        for entry in repositories.split():
            if not _CEILING.fullmatch(entry):
                raise Refused(f"{entry!r} is no limit; write github:acme/shop, github:acme/* or github:*")
        for name in capabilities.split():
            if name not in CAPABILITIES:
                raise Refused(f"{name!r} is not a capability; use some of {' '.join(sorted(CAPABILITIES))}")
        named = checked_gateway(gateway) if gateway else None
        return cls(tuple(repositories.split()) or None, tuple(capabilities.split()) or None, named)


@dataclass(frozen=True)
class Created:
    """The bearer of a new admin token, and new connections with their secrets. None can be shown again."""

    bearer: str
    secrets: tuple[tuple[Connection, str], ...] = ()


def exists(table: str, workspace_id: str) -> bool:
    """Returns True if the workspace is stored; raises Refused for an invalid id."""
    if not ID.fullmatch(workspace_id):
        raise Refused(f"{workspace_id!r} is not an id: use at most 63 lower-case letters, digits and dashes")
    return AccessStore(table).workspace(workspace_id) is not None


def create(
    outputs: Mapping[str, str], workspace_id: str, repositories: tuple[str, ...], limits: Limits
) -> Created:
    """Stores the workspace with its connections, if it is new, and creates an admin token for it.

    A repository is `github:acme/shop` or `gitea:acme/shop`. It gets a connection; in a single-tenant stack
    it uses the stack's webhook secret instead. Raises Refused for an invalid value, and AccessProblem.
    """
    table, models = outputs["AccessTableName"], tuple(map(_repository, repositories))
    store = AccessStore(table)
    made: tuple[tuple[Connection, str], ...] = ()
    if not exists(table, workspace_id):
        shared = models if outputs["IsSingleTenant"] == "true" else ()
        workspace = new_workspace(workspace_id, workspace_id, shared, version=1, **asdict(limits))
        store.put_workspace(workspace)
        made = _connected(outputs, workspace, tuple(one for one in models if one not in shared))
    _, bearer = TokenManager(store, clock.now, clock.new_job_id).issue(
        workspace_id, "first admin", Role.ADMIN, ACTOR
    )
    return Created(bearer, made)


def limit(table: str, workspace_id: str, limits: Limits) -> None:
    """Replaces the limits of a workspace; raises Refused if it does not exist."""
    store = AccessStore(table)
    known = store.workspace(workspace_id)
    if known is None:
        raise Refused(f"there is no workspace {workspace_id}")
    store.configure(known, known.model_copy(update={**asdict(limits), "version": known.version + 1}))


def _connected(
    outputs: Mapping[str, str], workspace: Workspace, repositories: tuple[Repository, ...]
) -> tuple[tuple[Connection, str], ...]:
    connections = RepositoryConnections(
        ConnectionStore(outputs["AccessTableName"]),
        SecretStore(boto3.client("secretsmanager")),
        outputs["ConnectionPrefix"],
        clock.now,
        clock.new_job_id,
    )
    return tuple(connections.connect(workspace, one.provider, one.name, ACTOR) for one in repositories)


def _repository(text: str) -> Repository:
    provider, _, name = text.partition(":")
    try:
        repository = Repository.model_validate({"provider": provider, "name": name})
    except ValueError as error:
        raise Refused(_INVALID_REPOSITORY.format(text)) from error
    if not re.fullmatch(r"[^/\s]+/[^/\s]+", name):
        raise Refused(_INVALID_REPOSITORY.format(text))
    return repository
