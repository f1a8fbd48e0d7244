"""GitHub's delivery of a push, signed as GitHub signs it."""

from __future__ import annotations

import json
import time

from mosaic.forge import signature
from tests.chaos.scenarios import PlannedPush

PATH = "/stitcher/webhook/github"


def delivery(push: PlannedPush, webhook_secret: str) -> tuple[dict[str, str], bytes]:
    """Returns the headers and the body of the delivery; the same commit has the same delivery id."""
    commit = {"id": push.after, "added": [], "removed": [], "modified": ["lamp/timer.py"]}
    payload = {
        "ref": f"refs/heads/{push.branch}",
        "before": push.before,
        "after": push.after,
        "created": push.before.strip("0") == "",
        "forced": False,
        "repository": {
            "full_name": push.repository,
            "default_branch": "main",
            "pushed_at": int(time.time()),
        },
        "sender": {"login": "mosaic[bot]"},
        "commits": [commit],
    }
    body = json.dumps(payload).encode()
    headers = {
        "content-type": "application/json",
        "x-github-event": "push",
        "x-github-delivery": push.after,
        **signature.sign("github", body, webhook_secret),
    }
    return headers, body
