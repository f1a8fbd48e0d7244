"""Adapts schemathesis to rules outside the schemas: signatures, existing names, and the duration of the run."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import requests
import schemathesis
from schemathesis import Case, GenerationMode, HookContext
from schemathesis.core.parameters import ParameterLocation

from local.demo import CALLBACK_TOKEN, WEBHOOK_SECRET
from mosaic.access.model import DEFAULT_JOB_TYPES, PROVIDERS, Triggers
from mosaic.access.run_tokens import run_token
from mosaic.forge import signature
from mosaic.forge.intent import Provider
from mosaic.openclaw import callback

CALLBACK_KEY, RUN_TOKEN_KEY = os.environ["CALLBACK_KEY"], os.environ["RUN_TOKEN_KEY"]
TODAY = datetime.now(UTC).date().isoformat()
SOON = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
# The token of all requests must not be revoked.
OWN_TOKEN = "local-admin"
GITHUB_ISSUER = "https://token.actions.githubusercontent.com"


class Signed(requests.auth.AuthBase):
    """Signs the bytes of a delivery."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Returns the request with its signature."""
        body = request.body or b""
        data = body if isinstance(body, bytes) else str(body).encode()
        request.headers.update(signature.sign(self._provider, data, WEBHOOK_SECRET, int(time.time())))
        return request


SIGNED: dict[str, Provider] = {
    "POST /stitcher/webhook": "mosaic",
    "POST /stitcher/webhook/github": "github",
    "POST /stitcher/webhook/gitea": "gitea",
    "POST /stitcher/webhook/forgejo": "forgejo",
}


# The last accepted job, for reports of a gateway or a run.
LATEST = {"job": "01KGA00000QVEB6VEJZ1V3PTTX"}


@schemathesis.hook
def after_call(_context: HookContext, case: Case[Any], response: schemathesis.Response) -> None:
    """Remembers the last accepted job."""
    if case.operation.label == "POST /runner-jobs" and response.status_code == 202:
        LATEST["job"] = response.json()["id"]


@schemathesis.hook
def before_call(_context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Authenticates the request and adapts valid values to the workspace; leaves invalid values unchanged."""
    keep_run_short(case)
    authenticate(case, kwargs)
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    if "day" in (case.query or {}):
        case.query["day"] = TODAY
    if case.operation.label == "GET /runner-jobs":
        adapt_filter(case.query or {})
    if isinstance(case.body, dict) and case.operation.label in ADAPTERS:
        ADAPTERS[case.operation.label](case.body)
    if "Idempotency-Key" in case.headers:
        # A key for each body, since an example's key comes with many bodies.
        case.headers["Idempotency-Key"] = sha256(json.dumps(case.body).encode()).hexdigest()


def authenticate(case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Signs deliveries, and authenticates as the run or the gateway, unless headers or path are invalid."""
    label, path = case.operation.label, case.path_parameters or {}
    if case.meta and any(map(case.meta.is_negative_at, (ParameterLocation.HEADER, ParameterLocation.PATH))):
        return
    if label in SIGNED:
        kwargs["auth"] = Signed(SIGNED[label])
    if label == "POST /stitcher/openclaw/{token}":
        path["token"] = callback.token_for("demo", LATEST["job"], 1, CALLBACK_KEY)
        case.headers["Authorization"] = f"Bearer {CALLBACK_TOKEN}"
    if label == "POST /runner-jobs/{jobId}/reports" and "Authorization" in case.headers:
        path["jobId"] = LATEST["job"]
        case.headers["Authorization"] = f"Bearer {run_token('demo', LATEST['job'], 1, RUN_TOKEN_KEY)}"


def keep_run_short(case: Case[Any]) -> None:
    """Prevents long polls, and the revocation of the token of all requests."""
    query, path = case.query or {}, case.path_parameters or {}
    if query.get("wait") in range(2, 21):
        query["wait"] = 1
    if path.get("tokenId") == OWN_TOKEN:
        path["tokenId"] = "another"


def adapt_job(body: dict[str, Any]) -> None:
    """Uses an existing job type and a valid time."""
    if body.get("type") not in (None, *DEFAULT_JOB_TYPES):
        body["type"] = "git-status"
    if body.get("runAt"):
        body["runAt"] = SOON


def adapt_token(body: dict[str, Any]) -> None:
    """Limits reporters to existing gates and to repositories, and uses a future expiry."""
    reporter = body.get("role") == "reporter"
    body["gates"] = ["build"] if reporter and body.get("gates") else []
    body["repositories"] = ["acme/shop"] if reporter else []
    if body.get("expiresAt"):
        body["expiresAt"] = SOON


def adapt_workspace(body: dict[str, Any]) -> None:
    """Keeps the workspace's types, gates and repositories, which other requests need; sets valid policies,
    prices, and audiences of CI issuers.
    """
    body["jobTypes"] = {name: value.model_dump(mode="json") for name, value in DEFAULT_JOB_TYPES.items()}
    body["triggers"] = Triggers().model_dump()
    body["repositories"] = [{"provider": provider, "name": "*"} for provider in PROVIDERS]
    unchanged = (
        "id",
        "capabilityCeiling",
        "repositoryCeiling",
        "gateway",
        "standingApprovals",
        "gates",
        "policies",
    )
    body |= dict.fromkeys(unchanged)
    for issuer in body.get("ciIssuers") or ():
        issuer |= {"issuer": GITHUB_ISSUER, "audience": "mosaic:demo"}
    # An omitted budget stays as an earlier request set it, with a cost that needs prices.
    if body.get("prices") is None and (body.get("dailyBudget") or {"cost": 0}).get("cost") is not None:
        body["dailyBudget"] = None


def adapt_filter(query: dict[str, Any]) -> None:
    """Adds the repository of an issue, as the contract requires in words."""
    if query.get("issue") is not None:
        query["repository"] = query.get("repository") or "acme/shop"


def adapt_bulk(body: dict[str, Any]) -> None:
    """Uses either ids or a filter, as the contract requires in words, and limits the number of jobs."""
    if body.get("ids"):
        body["filter"] = None
    else:
        body["filter"] = body.get("filter") or {}
        adapt_filter(body["filter"])
        body["limit"] = min(body.get("limit") or 5, 5)


def adapt_report(body: dict[str, Any]) -> None:
    """Adds the fields that the status requires."""
    if body["status"] == "forced":
        body["reason"] = body.get("reason") or "the runner is broken"
    else:
        body["commitSha"] = body.get("commitSha") or "0" * 40


def adapt_approval(body: dict[str, Any]) -> None:
    """Adds the fields that the scope requires."""
    if body.get("scope") == "repository":
        body["until"] = SOON
    else:
        body |= {"until": None, "capabilities": []}


def adapt_delivery(body: dict[str, Any]) -> None:
    """Uses an existing job type and profile."""
    for name, value in (("type", "git-status"), ("profile", "runner")):
        if (body.get("metadata") or {}).get(name) is not None:
            body["metadata"][name] = value


ADAPTERS: dict[str, Callable[[dict[str, Any]], None]] = {
    "POST /runner-jobs": adapt_job,
    "POST /stitcher/dispatch": adapt_job,
    "POST /tokens": adapt_token,
    "PUT /workspaces/current": adapt_workspace,
    "POST /stitcher/webhook": adapt_delivery,
    "PUT /runner-jobs/{jobId}/gates/{gateId}": adapt_report,
    "POST /runner-jobs/{jobId}/approve": adapt_approval,
    "POST /runner-jobs/bulk/cancel": adapt_bulk,
    "POST /runner-jobs/bulk/retry": adapt_bulk,
}
