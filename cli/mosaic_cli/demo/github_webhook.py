"""GitHub's webhook for an issue comment, signed as GitHub signs it, for a local stack."""

from __future__ import annotations

import hashlib
import hmac
import json
from urllib.parse import quote

from mosaic_cli.demo.local_stack import BOT, webhook_secret
from mosaic_cli.errors import Json


def mention(text: str, *, repository: str, issue: int, actor: str, comment_id: int) -> Json:
    """Returns GitHub's payload for an issue comment by `actor`. The text is prefixed with a mention if it has none."""
    body = text if BOT in text else f"{BOT} {text}"
    page = f"https://github.com/{quote(repository)}/issues/{issue}"
    return {
        "action": "created",
        "issue": {
            "number": issue,
            "title": "Login fails",
            "body": "Since Monday.",
            "user": {"login": actor},
            "html_url": page,
        },
        "comment": {
            "id": comment_id,
            "body": body,
            "user": {"login": actor},
            "html_url": f"{page}#issuecomment-{comment_id}",
        },
        "repository": {"full_name": repository},
        "sender": {"login": actor},
    }


def signed(payload: Json, delivery: str) -> tuple[bytes, dict[str, str]]:
    """Returns the body and the headers of an `issue_comment` webhook, signed with the demo's secret."""
    body = json.dumps(payload).encode()
    signature = hmac.new(webhook_secret().encode(), body, hashlib.sha256).hexdigest()
    return body, {
        "content-type": "application/json",
        "x-github-event": "issue_comment",
        "x-github-delivery": delivery,
        "x-hub-signature-256": f"sha256={signature}",
    }
