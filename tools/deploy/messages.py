"""Instructions for the steps outside this program after a deployment."""

from __future__ import annotations

import re
from collections.abc import Mapping

from local.stack import ROOT
from mosaic.access.connections import Connection

_DEPLOYED = """
The API is on {url}

GitHub, Gitea and Forgejo, in the settings of each repository (or organisation), Webhooks:

  GitHub   {url}/stitcher/webhook/github     content type application/json
  Gitea    {url}/stitcher/webhook/gitea      POST, application/json
  Forgejo  {url}/stitcher/webhook/forgejo    POST, application/json
  the bot  {url}/stitcher/webhook
  secret   of the repository's connection: mosaic repositories connect github:acme/shop
           (single-tenant: aws secretsmanager get-secret-value --secret-id {webhook} --query SecretString --output text)

Select these events; gates need the last line of each:

  GitHub   Issues, Issue comments, Pull requests, Pull request reviews, Pull request review comments,
           Pushes, Statuses, Check runs
  Gitea    Issues, Issue Assigned, Issue Comment, Pull Request, Pull Request Assigned, Pull Request Comment,
           Pull Request Reviewed, Push, Statuses

Forgejo's events have the names of Gitea's.

OpenClaw, in the gateway's openclaw.json; cron.webhookToken is the callback token that you entered:

{openclaw}
It calls back on {url}/stitcher/openclaw/…

Alarms go to the topic {topic}; docs/reference/operations.md explains each of them.
"""

_BEARER = """
Workspace {workspace}. Its admin token, which cannot be shown again:

  {bearer}

  export MOSAIC_URL={url} MOSAIC_TOKEN={bearer}
  mosaic health && mosaic workspace show
"""


_ROTATED = """
Both values of {secret} are valid; the new one within a minute. The new value:

  aws secretsmanager get-secret-value --secret-id {arn} --query SecretString --output text

{where}
Then: make retire-secret SECRET={secret}
"""
_WHERE = {
    "webhook": "Enter it in the forges.",
    "callback-token": "Enter it in the gateway, as cron.webhookToken.",
}
_AT_ONCE = "Runs that started before keep the previous value until they end."


def rotated(secret: str, arn: str) -> str:
    """Returns the steps that complete the rotation of a secret."""
    return _ROTATED.format(secret=secret, arn=arn, where=_WHERE.get(secret, _AT_ONCE))


_WEBHOOK = """
Webhook of {provider}:{name}, pending until its first delivery. Its secret cannot be shown again:

  URL     {url}/stitcher/webhook{suffix}
  secret  {secret}
"""


def webhook(connection: Connection, secret: str, url: str) -> str:
    """Returns the settings of a new connection's webhook."""
    suffix = "" if connection.provider == "mosaic" else f"/{connection.provider}"
    return _WEBHOOK.format(
        provider=connection.provider, name=connection.name, url=url, suffix=suffix, secret=secret
    )


def next_steps(outputs: Mapping[str, str]) -> str:
    """Returns the instructions for the forges' webhooks and the gateway."""
    return _DEPLOYED.format(
        url=outputs["ApiUrl"],
        webhook=outputs["WebhookSecretArn"],
        topic=outputs["AlarmTopicArn"],
        openclaw=_openclaw_settings(),
    )


def admin_token(workspace: str, token: str, url: str) -> str:
    """Returns a workspace's first token, with the commands that use it."""
    return _BEARER.format(workspace=workspace, bearer=token, url=url)


def _openclaw_settings() -> str:
    page = (ROOT / "docs/reference/openclaw.md").read_text()
    (settings,) = re.findall(r"```json5\n(.*?)```", page, re.DOTALL)[:1]
    return "".join(f"  {line}\n" for line in settings.splitlines())
