"""The demo workspace of a stack on this machine: values that everybody knows and that open nothing else."""

from __future__ import annotations

URL = "http://127.0.0.1:3000"
ADMIN_TOKEN = "local-admin-token"  # noqa: S105 - opens nothing but a stack on a loopback address
REPORTER_TOKEN = "local-reporter-token"  # noqa: S105 - the same
WEBHOOK_SECRET = "local-webhook-secret"  # noqa: S105 - the same
BOT = "@mosaic"
# The agent of a demo makes no commit, so its gates are reported on this one.
COMMIT = "0123456789abcdef0123456789abcdef01234567"
