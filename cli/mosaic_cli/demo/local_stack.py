"""The URL and the credentials of a local stack. They are public and valid only on a loopback address."""

from __future__ import annotations

URL = "http://127.0.0.1:3000"
ADMIN_TOKEN = "local-admin-token"  # noqa: S105 - public, valid only on a loopback address
REPORTER_TOKEN = "local-reporter-token"  # noqa: S105 - public
WEBHOOK_SECRET = "local-webhook-secret"  # noqa: S105 - public
BOT = "@mosaic"
# The demo's agent makes no commit, so gates are reported on this one.
COMMIT = "0123456789abcdef0123456789abcdef01234567"
