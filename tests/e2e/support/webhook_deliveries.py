"""Deliveries as GitHub, Gitea and the bot send them, signed as their documentation says."""

import hashlib
import hmac
import itertools
import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from local.demo import WEBHOOK_SECRET
from tests.e2e.support.http_client import Answer, Json, Web

PAYLOADS = Path(__file__).parents[2] / "unit" / "forge" / "payloads"
PATHS = {
    "github": "/stitcher/webhook/github",
    "gitea": "/stitcher/webhook/gitea",
    "mosaic": "/stitcher/webhook",
}
FORGES = ("github", "gitea")
PROVIDERS = tuple(PATHS)

_numbers = itertools.count(1001)


def fresh() -> int:
    """A number that no other issue or comment of this session has."""
    return next(_numbers)


@dataclass(frozen=True)
class Delivery:
    """One POST of a webhook."""

    provider: str
    body: bytes
    headers: dict[str, str]

    def send(self, web: Web) -> Answer:
        return web.send("POST", PATHS[self.provider], self.body, self.headers)

    def replayed(self) -> "Delivery":
        """The same under a new delivery id, as Gitea sends a replay."""
        return replace(self, headers={**self.headers, **_delivery_id(self.provider)})

    def without_signature(self) -> "Delivery":
        return self.with_headers(**dict.fromkeys(SIGNATURES.values()))

    def with_headers(self, **changed: str | None) -> "Delivery":
        """The same with some headers changed, or left out where they are None; `_` stands for `-`."""
        named = {name.replace("_", "-"): value for name, value in changed.items()}
        merged = {**self.headers, **named}
        return replace(self, headers={name: value for name, value in merged.items() if value is not None})


SIGNATURES = {
    "github": "x-hub-signature-256",
    "gitea": "x-gitea-signature",
    "mosaic": "x-mosaic-signature",
}


def digest(data: bytes, secret: str = WEBHOOK_SECRET) -> str:
    """HMAC-SHA256 in hexadecimal digits."""
    return hmac.new(secret.encode(), data, hashlib.sha256).hexdigest()


def signed(provider: str, event: str, payload: object, *, event_type: str | None = None) -> Delivery:
    """A forge's delivery of a payload, which may be the bytes of the body themselves."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    known = {"content-type": "application/json", **_delivery_id(provider)}
    github = {"x-github-event": event, "x-hub-signature-256": f"sha256={digest(body)}"}
    if provider == "github":
        return Delivery(provider, body, known | github)
    gitea = {"x-gitea-event": event, "x-gitea-event-type": event_type or event}
    return Delivery(provider, body, known | github | gitea | {"x-gitea-signature": digest(body)})


def comment(
    provider: str,
    text: str,
    repository: str,
    *,
    issue: int | None = None,
    by: str = "ada",
    action: str = "created",
) -> Delivery:
    """Somebody writes a comment on an issue."""
    payload = _payload(provider, "issue_comment.created", repository, issue)
    payload["action"] = action
    payload["comment"] |= {"id": fresh(), "body": text}
    payload["comment"]["user"]["login"] = payload["sender"]["login"] = by
    return signed(provider, "issue_comment", payload)


def assignment(provider: str, repository: str) -> Delivery:
    """Somebody assigns an issue to the bot."""
    if provider == "github":
        return signed(provider, "issues", _payload(provider, "issues.assigned", repository))
    payload = _payload(provider, "issue_assign.assigned", repository)
    return signed(provider, "issues", payload, event_type="issue_assign")


def bot(
    repository: str, action: str = "mentioned", comment: str | None = None, **metadata: object
) -> Delivery:
    """The @mosaic bot passes on what it was asked for."""
    payload = {"issueNumber": fresh(), "repository": repository, "action": action, "metadata": metadata}
    return bot_form(payload if comment is None else {**payload, "comment": comment})


def bot_form(payload: object, *, sent_at: float | None = None) -> Delivery:
    """Whatever payload in the bot's form, signed `sent_at` (unix seconds), now unless given."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    timestamp = str(int(time.time() if sent_at is None else sent_at))
    signature = f"sha256={digest(timestamp.encode() + b'.' + body)}"
    headers = {"x-mosaic-timestamp": timestamp, "x-mosaic-signature": signature}
    return Delivery("mosaic", body, {"content-type": "application/json", **headers})


def mention(provider: str, text: str, repository: str) -> Delivery:
    """A request for work in the form of any provider."""
    if provider == "mosaic":
        return bot(repository, "commented", f"@mosaic {text}", actor="ada", commentId=str(fresh()))
    return comment(provider, f"@mosaic {text}", repository)


def payload_of(provider: str, name: str, repository: str) -> Json:
    """A forge's payload of this name as if it came from `repository`."""
    return _payload(provider, name, repository)


def _payload(provider: str, name: str, repository: str, issue: int | None = None) -> Json:
    payload: Json = json.loads((PAYLOADS / provider / f"{name}.json").read_text())
    payload["repository"]["full_name"] = repository
    if "issue" in payload:
        payload["issue"]["number"] = issue or fresh()
    return payload


def _delivery_id(provider: str) -> dict[str, str]:
    if provider == "mosaic":
        return {}
    names = ("x-github-delivery",) if provider == "github" else ("x-gitea-delivery", "x-github-delivery")
    return dict.fromkeys(names, str(uuid4()))
