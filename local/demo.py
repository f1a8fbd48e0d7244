"""The demo workspace, tokens and secrets of a fresh stack, which are the same on every machine."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from local.errors import FunctionError, LocalError
from local.stack import LocalStack

WEBHOOK_SECRET = "local-webhook-secret"  # noqa: S105 - guards nothing but a stack on a loopback port
GATEWAY_TOKEN = "local-gateway-token"  # noqa: S105 - the same
CALLBACK_TOKEN = "local-callback-token"  # noqa: S105 - the same
HOOK_TOKEN = "local-hook-token"  # noqa: S105 - the same


@dataclass(frozen=True)
class Demo:
    """The values that a caller of a seeded stack needs."""

    workspace: str
    tokens: Mapping[str, str]
    """A bearer token for each role."""
    webhook_secret: str = WEBHOOK_SECRET


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
    ):
        """Takes the tokens between the stack and its gateway."""
        self._gateway_tokens = {"token": gateway_token, "hookToken": hook_token}
        self._callback_token = callback_token

    def __call__(self, stack: LocalStack) -> None:
        """Seeds the stack; raises LocalError on failure."""
        put_secret(stack, stack.resource("WebhookSecret"), secret=WEBHOOK_SECRET)
        put_secret(stack, stack.resource("OpenClawSecret"), **self._gateway_tokens)
        put_secret(stack, stack.resource("CallbackSecret"), callbackToken=self._callback_token)
        try:
            # A service of the product writes the workspace. The authorizer's environment is the first to be
            # ready.
            self.demo = Demo(
                **stack.invoke(
                    "AuthorizerFunction", {}, handler="mosaic.services.seed_demo_workspace.handler"
                )
            )
        except FunctionError as error:
            raise LocalError(
                f"the demo workspace could not be written: AuthorizerFunction: {error}"
            ) from error


def put_secret(stack: LocalStack, secret_id: str, **members: str) -> None:
    """Changes members of a secret's JSON object and keeps the others, such as a generated key."""
    client = stack.client("secretsmanager")
    values = json.loads(client.get_secret_value(SecretId=secret_id)["SecretString"])
    client.put_secret_value(SecretId=secret_id, SecretString=json.dumps({**values, **members}))
