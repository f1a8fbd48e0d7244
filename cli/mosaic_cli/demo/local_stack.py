"""The URL and the credentials of a local stack. They are public and valid only on a loopback address.

A stack with a real gateway has random credentials. It prints them, for the environment.
"""

from __future__ import annotations

import os

URL = "http://127.0.0.1:3000"
ADMIN_TOKEN = "local-admin-token"  # noqa: S105 - public, valid only on a loopback address
REPORTER_TOKEN = "local-reporter-token"  # noqa: S105 - public
WEBHOOK_SECRET = "local-webhook-secret"  # noqa: S105 - public
BOT = "@mosaic"
# The demo's agent makes no commit, so gates are reported on this one.
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def reporter_token() -> str:
    """Returns the token with which the demo reports gates."""
    return os.environ.get("MOSAIC_DEMO_REPORTER_TOKEN") or REPORTER_TOKEN


def webhook_secret() -> str:
    """Returns the secret with which the demo signs webhooks."""
    return os.environ.get("MOSAIC_DEMO_WEBHOOK_SECRET") or WEBHOOK_SECRET
