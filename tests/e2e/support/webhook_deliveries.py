"""Webhook deliveries of GitHub, Gitea, Forgejo and the bot, with the signatures of their documentation."""

import hashlib
import hmac
import itertools
import json
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4
from zlib import crc32

from local.demo import WEBHOOK_SECRET
from tests.e2e.support.http_client import HttpClient, Json, Response

PAYLOADS = Path(__file__).parents[2] / "unit" / "forge" / "payloads"
PATHS = {
    "github": "/stitcher/webhook/github",
    "gitea": "/stitcher/webhook/gitea",
    "forgejo": "/stitcher/webhook/forgejo",
    "mosaic": "/stitcher/webhook",
}
FORGES = ("github", "gitea", "forgejo")
PROVIDERS = tuple(PATHS)

_numbers = itertools.count(1001)


def new_number() -> int:
    """Returns a number that no other issue or comment of this session has."""
    return next(_numbers)


def id_of(name: str) -> int:
    """Returns the forge's id of the account or repository with this name."""
    return crc32(name.lower().encode()) + 1


def actor(provider: str, login: str) -> str:
    """Returns the account with this login as jobs and events name it."""
    return f"{provider}:{login}#{id_of(login)}"


@dataclass(frozen=True)
class Delivery:
    """One POST to a webhook."""

    provider: str
    body: bytes
    headers: dict[str, str]

    def send(self, http: HttpClient) -> Response:
        return http.send("POST", PATHS[self.provider], self.body, self.headers)

    def redelivered(self) -> "Delivery":
        """Returns the same delivery with a new delivery id, as after a redelivery on Gitea."""
        return replace(self, headers={**self.headers, **_delivery_id(self.provider)})

    def without_signature(self) -> "Delivery":
        return self.with_headers(**dict.fromkeys(SIGNATURES.values()))

    def signed_with(self, secret: str) -> "Delivery":
        """Returns the same delivery of a forge, signed with another secret."""
        signatures = {
            name: ("sha256=" if name == SIGNATURES["github"] else "") + digest(self.body, secret)
            for name in self.headers
            if name in SIGNATURES.values()
        }
        return replace(self, headers={**self.headers, **signatures})

    def with_headers(self, **changed: str | None) -> "Delivery":
        """Returns the same delivery with changed headers, without those that are None; `_` stands for `-`."""
        named = {name.replace("_", "-"): value for name, value in changed.items()}
        merged = {**self.headers, **named}
        return replace(self, headers={name: value for name, value in merged.items() if value is not None})


SIGNATURES = {
    "github": "x-hub-signature-256",
    "gitea": "x-gitea-signature",
    "forgejo": "x-forgejo-signature",
    "mosaic": "x-mosaic-signature",
}


def digest(data: bytes, secret: str = WEBHOOK_SECRET) -> str:
    """Returns the HMAC-SHA256 in hexadecimal digits."""
    return hmac.new(secret.encode(), data, hashlib.sha256).hexdigest()


def signed_delivery(provider: str, event: str, payload: object, *, event_type: str | None = None) -> Delivery:
    """Returns a forge's delivery of a payload, or of these bytes."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    common = {"content-type": "application/json", **_delivery_id(provider)}
    github = {"x-github-event": event, "x-hub-signature-256": f"sha256={digest(body)}"}
    if provider == "github":
        return Delivery(provider, body, common | github)
    gitea = {
        f"x-{forge}-{name}": value
        for forge in ("gitea", "forgejo")[: FORGES.index(provider)]
        for name, value in (
            ("event", event),
            ("event-type", event_type or event),
            ("signature", digest(body)),
        )
    }
    return Delivery(provider, body, common | github | gitea)


def comment(
    provider: str,
    text: str,
    repository: str,
    *,
    issue: int | None = None,
    by: str = "ada",
    action: str = "created",
    comment_id: int | None = None,
    association: str = "MEMBER",
) -> Delivery:
    """Returns the delivery for a comment that was just written on an issue.

    `association` is what GitHub says about the author, such as `NONE` for a stranger.
    """
    payload = _payload(provider, "issue_comment.created", repository, issue)
    payload["action"] = action
    written_at = datetime.now(UTC).isoformat(timespec="seconds")
    payload["comment"] |= {"id": comment_id or new_number(), "body": text, "created_at": written_at}
    if provider == "github":
        payload["comment"]["author_association"] = association
    for account in (payload["comment"]["user"], payload["sender"]):
        account |= {"login": by, "id": id_of(by)}
    return signed_delivery(provider, "issue_comment", payload)


def assignment(provider: str, repository: str) -> Delivery:
    """Returns the delivery for an issue that is assigned to the bot."""
    if provider == "github":
        return signed_delivery(provider, "issues", _payload(provider, "issues.assigned", repository))
    payload = _payload(provider, "issue_assign.assigned", repository)
    return signed_delivery(provider, "issues", payload, event_type="issue_assign")


def bot_request(
    repository: str, action: str = "mentioned", comment: str | None = None, **metadata: object
) -> Delivery:
    """Returns a request that the @mosaic bot forwards."""
    payload = {"issueNumber": new_number(), "repository": repository, "action": action, "metadata": metadata}
    return bot_delivery(payload if comment is None else {**payload, "comment": comment})


def bot_delivery(payload: object, *, sent_at: float | None = None) -> Delivery:
    """Returns a delivery of the bot with any payload, signed at `sent_at` (unix seconds; default: now)."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    timestamp = str(int(time.time() if sent_at is None else sent_at))
    signature = f"sha256={digest(timestamp.encode() + b'.' + body)}"
    headers = {"x-mosaic-timestamp": timestamp, "x-mosaic-signature": signature}
    return Delivery("mosaic", body, {"content-type": "application/json", **headers})


def mention(provider: str, text: str, repository: str) -> Delivery:
    """Returns a request for a job, in any provider's format."""
    if provider == "mosaic":
        return bot_request(
            repository, "commented", f"@mosaic {text}", actor="ada", commentId=str(new_number())
        )
    return comment(provider, f"@mosaic {text}", repository)


def payload_of(provider: str, name: str, repository: str) -> Json:
    """Returns a forge's payload of this name for `repository`."""
    return _payload(provider, name, repository)


def _payload(provider: str, name: str, repository: str, issue: int | None = None) -> Json:
    # Forgejo sends Gitea's payloads.
    folder = "github" if provider == "github" else "gitea"
    payload: Json = json.loads((PAYLOADS / folder / f"{name}.json").read_text())
    payload["repository"] |= {"full_name": repository, "id": id_of(repository)}
    if "issue" in payload:
        payload["issue"]["number"] = issue or new_number()
    return payload


def _delivery_id(provider: str) -> dict[str, str]:
    if provider == "mosaic":
        return {}
    names = [f"x-{forge}-delivery" for forge in FORGES[: FORGES.index(provider) + 1]]
    return dict.fromkeys(names, str(uuid4()))
