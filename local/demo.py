"""The workspace, tokens and secrets that make a fresh stack usable, and the same on every machine."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.errors import LocalError
from local.stack import LocalStack

WEBHOOK_SECRET = "local-webhook-secret"  # noqa: S105 - guards nothing but a stack on a loopback port
GATEWAY_TOKEN = "local-gateway-token"  # noqa: S105 - the same
CALLBACK_TOKEN = "local-callback-token"  # noqa: S105 - the same
HOOK_TOKEN = "local-hook-token"  # noqa: S105 - the same


@dataclass(frozen=True)
class Demo:
    """What a caller of a seeded stack needs to know."""

    workspace: str
    tokens: Mapping[str, str]
    """A bearer token for each role."""
    webhook_secret: str = WEBHOOK_SECRET


def seed(
    stack: LocalStack,
    *,
    gateway_token: str = GATEWAY_TOKEN,
    callback_token: str = CALLBACK_TOKEN,
    hook_token: str = HOOK_TOKEN,
) -> Demo:
    """Put the secrets and the demo workspace into a stack; raises LocalError when that fails."""
    environment = stack.env("WebhookFunction")
    put_secret(stack, environment["WEBHOOK_SECRET_ID"], secret=WEBHOOK_SECRET)
    tokens = {"token": gateway_token, "callbackToken": callback_token, "hookToken": hook_token}
    put_secret(stack, environment["OPENCLAW_SECRET_ID"], **tokens)
    return _seed_workspace(stack)


def put_secret(stack: LocalStack, secret_id: str, **members: str) -> None:
    """Change members of a secret's JSON object and keep the others, such as a generated key."""
    client = stack.client("secretsmanager")
    known = json.loads(client.get_secret_value(SecretId=secret_id)["SecretString"])
    client.put_secret_value(SecretId=secret_id, SecretString=json.dumps({**known, **members}))


def _seed_workspace(stack: LocalStack) -> Demo:
    """Let the domain write its own demo workspace, in a process that is set up as its functions are."""
    done = subprocess.run(  # noqa: S603 - this interpreter, a file of this package
        [sys.executable, "-P", str(Path(__file__).with_name("seed_process.py"))],
        env=stack.import_environment("ApiFunction"),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise LocalError(f"the demo workspace could not be written: {reason}")
    return Demo(**json.loads(done.stdout))
