"""The demo workspace, tokens and secrets of a fresh stack.

They are the same on every machine. With a real gateway they are random.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from local.errors import FunctionError, LocalError
from local.stack import LocalStack

WEBHOOK_SECRET = "local-webhook-secret"  # noqa: S105 - guards nothing but a stack on a loopback port
GATEWAY_TOKEN = "local-gateway-token"  # noqa: S105 - the same
CALLBACK_TOKEN = "local-callback-token"  # noqa: S105 - the same
HOOK_TOKEN = "local-hook-token"  # noqa: S105 - the same
ROLES = ("viewer", "member", "admin", "reporter")


@dataclass(frozen=True)
class Demo:
    """The values that a caller of a seeded stack needs."""

    workspace: str
    tokens: Mapping[str, str]
    """A bearer token for each role."""
    webhook_secret: str = WEBHOOK_SECRET
    is_public: bool = True
    """True for the values that the documentation names."""


class Seed:
    """Writes the secrets and the demo workspace into a stack: `LocalStack(…, prepare=Seed())`."""

    demo: Demo
    """The values that callers need, once the stack is ready."""

    def __init__(
        self,
        *,
        gateway_token: str = GATEWAY_TOKEN,
        callback_token: str = CALLBACK_TOKEN,
        hook_token: str = HOOK_TOKEN,
        is_public: bool = True,
    ):
        """Takes the tokens between the stack and its gateway.

        Unless the demo is public, its API tokens and its webhook secret are random.
        """
        self._is_public = is_public
        self._webhook_secret = WEBHOOK_SECRET if is_public else secrets.token_hex(24)
        self._gateway_tokens = {"token": gateway_token, "hookToken": hook_token}
        self._callback_token = callback_token

    def __call__(self, stack: LocalStack) -> None:
        """Seeds the stack; raises LocalError on failure."""
        put_secret(stack, stack.resource("WebhookSecret"), secret=self._webhook_secret)
        put_secret(stack, stack.resource("OpenClawSecret"), **self._gateway_tokens)
        put_secret(stack, stack.resource("CallbackSecret"), callbackToken=self._callback_token)
        try:
            # A service of the product writes the workspace. The authorizer's environment is the first to be
            # ready.
            seeded = stack.invoke(
                "AuthorizerFunction", self._event(), handler="mosaic.services.seed_demo_workspace.handler"
            )
            self.demo = Demo(**seeded, webhook_secret=self._webhook_secret, is_public=self._is_public)
        except FunctionError as error:
            raise LocalError(
                f"the demo workspace could not be written: AuthorizerFunction: {error}"
            ) from error

    def _event(self) -> dict[str, dict[str, str]]:
        if self._is_public:
            return {}
        return {"tokens": {role: f"local-{role}-{secrets.token_hex(24)}" for role in ROLES}}


def put_secret(stack: LocalStack, secret_id: str, **members: str) -> None:
    """Changes members of a secret's JSON object and keeps the others, such as a generated key."""
    client = stack.client("secretsmanager")
    values = json.loads(client.get_secret_value(SecretId=secret_id)["SecretString"])
    client.put_secret_value(SecretId=secret_id, SecretString=json.dumps({**values, **members}))
