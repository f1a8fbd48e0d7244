"""The connections of a workspace to repositories."""

from __future__ import annotations

from tools.openapi import samples
from tools.openapi.model import Operation, Success

_CONNECTION = {
    "provider": "github",
    "name": "acme/shop",
    "status": "active",
    "webhookPath": "/stitcher/webhook/github",
    "repositoryId": 1296269,
    "createdAt": "2026-01-31T12:00:00.000Z",
    "createdBy": samples.ADA,
    "activatedAt": "2026-01-31T12:05:00.000Z",
    "rotatedAt": None,
    "previousSecretUntil": None,
}
_PENDING = {**_CONNECTION, "status": "pending", "repositoryId": None, "activatedAt": None}
_ROTATED = {
    **_CONNECTION,
    "rotatedAt": "2026-02-28T12:00:00.000Z",
    "previousSecretUntil": "2026-03-07T12:00:00.000Z",
}
_NO_STORE = {"Cache-Control": "Always `no-store`"}

OPERATIONS: dict[str, Operation] = {
    "GET /workspaces/current/repositories": Operation(
        id="listRepositories",
        tag="Access",
        description="Pending connections are listed too. A connection less than a second old may be missing.",
        responses={200: Success("The connections.", {"items": [_CONNECTION]})},
    ),
    "POST /workspaces/current/repositories": Operation(
        id="connectRepository",
        tag="Access",
        description=(
            "Enter the secret in the forge's webhook. The connection is pending until the first delivery arrives that "
            "is signed with it. A pending connection does not stop other workspaces from connecting the repository."
        ),
        examples={"shop": {"provider": "github", "name": "acme/shop"}},
        responses={
            201: Success(
                "The connection with its secret.", {**_PENDING, "secret": "5b1f…"}, headers=_NO_STORE
            )
        },
        problems=(
            "already_connected",
            "repository_not_allowed",
            "too_many_connections",
            "secret_unavailable",
        ),
    ),
    "POST /workspaces/current/repositories/{provider}/{owner}/{name}/rotate": Operation(
        id="rotateRepositorySecret",
        tag="Access",
        description=(
            "The previous secret stays valid for seven days, so that the forge can be changed meanwhile. After a leak, "
            "end it at once with `retirePrevious`."
        ),
        examples={"leaked": {"retirePrevious": True}},
        responses={
            200: Success(
                "The connection with its new secret.", {**_ROTATED, "secret": "9c0e…"}, headers=_NO_STORE
            )
        },
        problems=("connection_not_found", "conflict", "secret_unavailable"),
    ),
    "DELETE /workspaces/current/repositories/{provider}/{owner}/{name}": Operation(
        id="disconnectRepository",
        tag="Access",
        responses={204: Success("The connection is deleted.")},
        problems=("connection_not_found", "conflict", "secret_unavailable"),
    ),
}
