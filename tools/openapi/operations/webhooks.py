"""Webhooks of forges, the bot and the gateway. Their handlers read bytes, so this module defines the schemas."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler.openapi.models import APIKey, HTTPBearer
from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import Field

from mosaic.base import Value
from mosaic.forge.mosaic import BotDelivery
from mosaic.jobs.states import JobStatus
from tools.openapi import samples
from tools.openapi.model import Operation, Success

_PROBLEMS = ("bad_signature", "invalid_payload", "conflict", "secret_unavailable")
_ABOUT_FORGES = (
    "Mentions of the bot, assignments to it and its commands create or change jobs. Pushes to a job's branch update "
    "the job, and so do commit statuses and check runs that report a gate. All other deliveries get 200 with the "
    "reason why they were ignored. Repeating a delivery changes nothing."
)


class AcceptedDelivery(Value):
    """The job that a delivery is about."""

    job_id: str
    """The job"""
    duplicate: bool
    """Whether the delivery changed nothing because it was processed before"""
    status: JobStatus
    """The status of the job"""


class Ignored(Value):
    """Why a delivery changed nothing."""

    ignored: str
    """The reason, for people"""


class FinishedRun(Value):
    """The job whose run has ended."""

    job_id: str
    """The job"""
    changed: bool
    """Whether the callback changed the job"""


class RunCallback(Value):
    """The result of a run, reported by the OpenClaw gateway.

    Further fields are allowed. An optional field of another type than described counts as omitted.
    """

    action: Literal["finished"] = "finished"
    """The event"""
    status: str
    """The result of the run; anything except `ok` is a failure"""
    job_id: Annotated[str, Field(min_length=1)]
    """The gateway's id of the run"""
    summary: Any = None
    """Text: the agent's final message"""
    error: Any = None
    """Text: the cause of the failure"""
    model: Any = None
    """Text: the model that answered"""
    provider: Any = None
    """Text: the provider that runs the model"""
    duration_ms: Any = None
    """Number: the duration of the run in milliseconds"""
    usage: Any = None
    """Object: the tokens read, `input_tokens`, and written, `output_tokens`"""


Payload = Annotated[dict[str, Any], Body(description="The payload as the forge sends it.")]


def _bot(request: BotDelivery) -> AcceptedDelivery | Ignored:  # type: ignore[empty-body]
    """The signature of the bot's route, whose handler reads the body as bytes."""


def _forge_payload(payload: Payload) -> AcceptedDelivery | Ignored:  # type: ignore[empty-body]
    """The signature of a forge's route, whose handler reads the body as bytes."""


def _callback(token: str, request: RunCallback) -> FinishedRun:  # type: ignore[empty-body]
    """The signature of the gateway's route, whose handler reads the body as bytes."""


_ACCEPTED = {"jobId": samples.JOB_ID, "duplicate": False, "status": "QUEUED"}
_RESPONSES: dict[int, Success] = {
    202: Success("A job was created or changed.", _ACCEPTED, AcceptedDelivery),
    200: Success(
        "A gate or a commit was reported, or nothing changed: the delivery is a duplicate, requests only the status, "
        "or was ignored.",
        {"ignored": "the comment does not mention @mosaic"},
    ),
}


def _forge(name: str, header: str, comment: dict[str, Any]) -> Operation:
    return Operation(
        id=f"{name.lower()}Webhook",
        tag="Webhooks",
        summary=f"Receive a delivery of {name}",
        description=f"{_ABOUT_FORGES} `{header}` is the HMAC-SHA256 of the body's bytes under the shared secret.",
        security=({f"{name.lower()}Signature": []},),
        signature=_forge_payload,
        examples={"comment": comment},
        responses=_RESPONSES,
        problems=_PROBLEMS,
    )


def _header(name: str, description: str) -> APIKey:
    return APIKey.model_validate({"in": "header", "name": name, "description": description})


_COMMENT = {
    "action": "created",
    "repository": {"full_name": "acme/shop"},
    "sender": {"login": "ada"},
    "issue": {"number": 7, "title": "Wrong page after signing in", "body": "…"},
    "comment": {"id": 4711, "body": "@mosaic fix this, please", "user": {"login": "ada"}},
}
_Scheme = APIKey | HTTPBearer
SECURITY: dict[str, _Scheme] = {
    "githubSignature": _header("X-Hub-Signature-256", "`sha256=` and the HMAC-SHA256 of the body, in hex"),
    "giteaSignature": _header("X-Gitea-Signature", "The HMAC-SHA256 of the body, in hex"),
    "forgejoSignature": _header("X-Forgejo-Signature", "The HMAC-SHA256 of the body, in hex"),
    "mosaicSignature": _header(
        "X-Mosaic-Signature", "`sha256=` and the HMAC-SHA256 of `<timestamp>.<body>`, in hex"
    ),
    "mosaicTimestamp": _header(
        "X-Mosaic-Timestamp", "The time of signing in Unix seconds, at most 300 s from now"
    ),
    "gatewayBearer": HTTPBearer(description="The token that the gateway sends with its callbacks"),
}

OPERATIONS: dict[str, Operation] = {
    "POST /stitcher/webhook": Operation(
        id="mosaicWebhook",
        tag="Webhooks",
        summary="Receive a delivery of the bot",
        description=_ABOUT_FORGES,
        security=({"mosaicSignature": [], "mosaicTimestamp": []},),
        signature=_bot,
        examples={
            "mentioned": {
                "issueNumber": 7,
                "repository": "acme/shop",
                "action": "mentioned",
                "comment": "How does main look?",
                "metadata": {"type": "git-status", "actor": "ada"},
            }
        },
        responses=_RESPONSES,
        problems=_PROBLEMS,
    ),
    "POST /stitcher/webhook/github": _forge("GitHub", "X-Hub-Signature-256", _COMMENT),
    "POST /stitcher/webhook/gitea": _forge("Gitea", "X-Gitea-Signature", {**_COMMENT, "is_pull": False}),
    "POST /stitcher/webhook/forgejo": _forge(
        "Forgejo", "X-Forgejo-Signature", {**_COMMENT, "is_pull": False}
    ),
    "POST /stitcher/openclaw/{token}": Operation(
        id="runEnded",
        tag="Webhooks",
        summary="Receive the gateway's callback after a run",
        description="The URL is valid for one attempt of one job. The gateway gets it with the dispatch.",
        security=({"gatewayBearer": []},),
        signature=_callback,
        examples={
            "finished": {
                "action": "finished",
                "jobId": "2f0c6a52",
                "status": "ok",
                "summary": "The session stores the page that the visitor wanted.",
                "usage": {"input_tokens": 48210, "output_tokens": 3127},
            }
        },
        responses={200: Success("The callback was accepted.", {"jobId": samples.JOB_ID, "changed": True})},
        problems=("bad_callback", "invalid_callback", "job_not_found", "conflict", "secret_unavailable"),
    ),
}
