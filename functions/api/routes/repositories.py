"""Routes for the connections of a workspace to repositories."""

from __future__ import annotations

from typing import get_args

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from api.context import principal, services
from api.schemas.connections import (
    ConnectedRepository,
    ConnectionList,
    ConnectionView,
    ConnectRepository,
    RotateSecret,
)
from mosaic.access.connections import Connection, ConnectionNotFound
from mosaic.edge.http import JSON
from mosaic.forge.intent import Provider
from mosaic.forge.payload import is_repository

router = APIGatewayHttpRouter()

PATH = "/workspaces/current/repositories/<provider>/<owner>/<name>"


@router.get("/workspaces/current/repositories")
def connections() -> ConnectionList:
    """List the workspace's connections to repositories."""
    caller, deps = principal(router), services(router)
    found = deps.connections().of_workspace(caller.workspace_id)
    return ConnectionList(items=tuple(ConnectionView.of(one, deps.clock()) for one in found))


@router.post("/workspaces/current/repositories")
def connect(request: ConnectRepository) -> Response[ConnectedRepository]:
    """Connect a repository; only this response shows the secret of its webhook."""
    caller, deps = principal(router), services(router)
    workspace = deps.workspaces.now(caller.workspace_id)
    made, secret = deps.connections().connect(workspace, request.provider, request.name, caller.actor)
    return _with_secret(201, made, secret)


@router.post(f"{PATH}/rotate")
def rotate(
    provider: str, owner: str, name: str, request: RotateSecret | None = None
) -> Response[ConnectedRepository]:
    """Replace the secret of a connection."""
    is_leaked = request is not None and request.retire_previous
    caller, (forge, repository) = principal(router), _repository(provider, owner, name)
    connections = services(router).connections()
    changed, secret = connections.rotate(
        caller.workspace_id, forge, repository, caller.actor, retire_previous=is_leaked
    )
    return _with_secret(200, changed, secret)


@router.delete(PATH)
def disconnect(provider: str, owner: str, name: str) -> Response[None]:
    """Delete a connection; deliveries signed with its secret are refused from then on."""
    caller, (forge, repository) = principal(router), _repository(provider, owner, name)
    services(router).connections().disconnect(caller.workspace_id, forge, repository, caller.actor)
    return Response(204)


def _with_secret(status: int, connection: Connection, secret: str) -> Response[ConnectedRepository]:
    view = ConnectionView.of(connection, services(router).clock())
    shown = ConnectedRepository.model_validate({**dict(view), "secret": secret})
    return Response(status, JSON, shown, {"Cache-Control": "no-store"})


def _repository(provider: str, owner: str, name: str) -> tuple[Provider, str]:
    """Returns the repository in a path. Raises ConnectionNotFound for a path that cannot name one."""
    repository = f"{owner}/{name}"
    for forge in get_args(Provider):
        if forge == provider and is_repository(repository):
            return forge, repository
    raise ConnectionNotFound(f"{provider}:{repository}"[:300])
