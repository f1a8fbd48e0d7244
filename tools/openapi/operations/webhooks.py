"""What forges, the bot and the gateway send. The webhook function reads bodies as bytes, so their form is told here."""

from __future__ import annotations

from typing import Any

from tools.openapi import samples
from tools.openapi.model import Answer, Body, Json, Operation

_PROOFS = ("bad_signature", "invalid_payload", "conflict")
_FORGE_TALK = (
    "A mention of the bot, an assignment to it or one of its commands becomes a job or changes one. A push to a job's "
    "branch, and a commit status or check run that reports a gate, is put into the job. Everything else is answered "
    "200 with the reason why it was ignored. A delivery that was taken before does nothing again."
)
_TAKEN = {"jobId": samples.JOB_ID, "duplicate": False, "status": "QUEUED"}
_HEARD: dict[int, Answer] = {
    202: Answer("A job was created or changed.", "Taken", _TAKEN),
    200: Answer(
        "A gate or a commit was reported, or there was nothing to do: it was taken before, asks for the status only, "
        "or was ignored.",
        {"anyOf": [{"$ref": "#/components/schemas/Taken"}, {"$ref": "#/components/schemas/Ignored"}]},
        {"ignored": "the comment does not mention @mosaic"},
    ),
}


def _object(about: str, **properties: Json) -> Json:
    return {"type": "object", "description": about, "required": list(properties), "properties": properties}


COMPONENTS: dict[str, Json] = {
    "Taken": _object(
        "The job that a delivery is about.",
        jobId={"type": "string", "description": "The job"},
        duplicate={"type": "boolean", "description": "Whether it changed nothing: the same is known already"},
        status={"$ref": "#/components/schemas/JobStatus", "description": "Where the job stands"},
    ),
    "Ignored": _object(
        "Why a delivery changed nothing.", ignored={"type": "string", "description": "The reason, for people"}
    ),
    "Ended": _object(
        "The job whose run has ended.",
        jobId={"type": "string", "description": "The job"},
        changed={"type": "boolean", "description": "Whether this was news"},
    ),
    "RunEnded": {
        "type": "object",
        "description": "How a run ended, as the OpenClaw gateway tells it. More may come; what is of another kind than "
        "told here counts as left out.",
        "required": ["status", "jobId"],
        "properties": {
            "action": {"const": "finished", "description": "What happened to the run"},
            "status": {"type": "string", "description": "How it ended; anything but `ok` is a failure"},
            "jobId": {"type": "string", "minLength": 1, "description": "The gateway's id of the run"},
            "summary": {"description": "Text: what the agent said at its end"},
            "error": {"description": "Text: what went wrong"},
            "model": {"description": "Text: the model that answered"},
            "provider": {"description": "Text: who runs the model"},
            "durationMs": {"description": "Number: how long the run took, in milliseconds"},
            "usage": {
                "description": "Object: the tokens that were read, `input_tokens`, and written, `output_tokens`"
            },
        },
    },
}


def _forge(name: str, header: str, comment: dict[str, Any]) -> Operation:
    return Operation(
        id=f"{name.lower()}Webhook",
        tag="Webhooks",
        about=f"{_FORGE_TALK} `{header}` is the HMAC-SHA256 of the body's bytes under the shared secret.",
        security=({f"{name.lower()}Signature": []},),
        body=Body({"type": "object", "additionalProperties": True}, f"The payload as {name} sends it."),
        requests={"comment": comment},
        answers=_HEARD,
        problems=_PROOFS,
    )


_COMMENT = {
    "action": "created",
    "repository": {"full_name": "acme/shop"},
    "sender": {"login": "ada"},
    "issue": {"number": 7, "title": "The login page forgets", "body": "…"},
    "comment": {"id": 4711, "body": "@mosaic fix this, please", "user": {"login": "ada"}},
}
SECURITY: dict[str, Json] = {
    "githubSignature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Hub-Signature-256",
        "description": "`sha256=` and the HMAC-SHA256 of the body, in hex",
    },
    "giteaSignature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Gitea-Signature",
        "description": "The HMAC-SHA256 of the body, in hex",
    },
    "mosaicSignature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Mosaic-Signature",
        "description": "`sha256=` and the HMAC-SHA256 of `<timestamp>.<body>`, in hex",
    },
    "mosaicTimestamp": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Mosaic-Timestamp",
        "description": "When it was signed, in Unix seconds, at most 300 s from now",
    },
    "gatewayBearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token that the gateway sends with its callbacks",
    },
}

OPERATIONS: dict[str, Operation] = {
    "POST /stitcher/webhook": Operation(
        id="mosaicWebhook",
        tag="Webhooks",
        about=_FORGE_TALK,
        security=({"mosaicSignature": [], "mosaicTimestamp": []},),
        body=Body("BotDelivery"),
        requests={
            "mentioned": {
                "issueNumber": 7,
                "repository": "acme/shop",
                "action": "mentioned",
                "comment": "How does main look?",
                "metadata": {"type": "git-status", "actor": "ada"},
            }
        },
        answers=_HEARD,
        problems=_PROOFS,
    ),
    "POST /stitcher/webhook/github": _forge("GitHub", "X-Hub-Signature-256", _COMMENT),
    "POST /stitcher/webhook/gitea": _forge("Gitea", "X-Gitea-Signature", {**_COMMENT, "is_pull": False}),
    "POST /stitcher/openclaw/{token}": Operation(
        id="runEnded",
        tag="Webhooks",
        about="The URL is made for one attempt of one job and handed to the gateway with the order.",
        security=({"gatewayBearer": []},),
        body=Body("RunEnded"),
        requests={
            "finished": {
                "action": "finished",
                "jobId": "2f0c6a52",
                "status": "ok",
                "summary": "The visitor's way is kept in the session.",
                "usage": {"input_tokens": 48210, "output_tokens": 3127},
            }
        },
        answers={200: Answer("It was taken.", "Ended", {"jobId": samples.JOB_ID, "changed": True})},
        problems=("bad_callback", "invalid_callback", "job_not_found", "conflict"),
    ),
}
