"""A stack with a real gateway has random tokens; the banner shows how to use them."""

from typing import Any

from local.command import _gateway
from local.demo import Demo, Seed
from local.welcome import welcome
from mosaic.services.seed_demo_workspace import TOKENS


class _Stack:
    """Records what a seed writes."""

    def __init__(self) -> None:
        self.event: dict[str, Any] = {}
        self.secrets: dict[str, str] = {}

    def resource(self, logical_id: str) -> str:
        return logical_id

    def client(self, _service: str) -> "_Stack":
        return self

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803 - boto3's name
        return {"SecretString": self.secrets.get(SecretId, "{}")}

    def put_secret_value(self, SecretId: str, SecretString: str) -> None:  # noqa: N803 - boto3's names
        self.secrets[SecretId] = SecretString

    def invoke(self, _function: str, event: dict[str, Any], handler: str) -> dict[str, Any]:
        assert handler.endswith("seed_demo_workspace.handler")
        self.event = event
        public = {role.value: bearer for bearer, role in TOKENS.items()}
        return {"workspace": "demo", "tokens": event.get("tokens", public)}


def _seeded(*, is_public: bool) -> tuple[Demo, _Stack]:
    seed, stack = Seed(is_public=is_public), _Stack()
    seed(stack)  # type: ignore[arg-type]  # of a stack, it uses no more than this
    return seed.demo, stack


def test_public_demo_has_documented_tokens() -> None:
    demo, stack = _seeded(is_public=True)

    assert stack.event == {}
    assert demo.tokens["admin"] == "local-admin-token"
    assert "export" not in welcome(demo, "http://127.0.0.1:3000", "a stand-in", "logs", 1)


def test_demo_of_a_real_gateway_has_random_tokens() -> None:
    (first, stack), (second, _) = _seeded(is_public=False), _seeded(is_public=False)

    assert set(first.tokens) == {role.value for role in TOKENS.values()}
    assert not set(first.tokens.values()) & {*TOKENS, *second.tokens.values()}
    assert first.webhook_secret != second.webhook_secret
    assert first.webhook_secret in stack.secrets["WebhookSecret"]
    banner = welcome(first, "http://127.0.0.1:3000", "a gateway", "logs", 1)
    assert f"export MOSAIC_TOKEN={first.tokens['admin']}" in banner
    assert f"export MOSAIC_DEMO_WEBHOOK_SECRET={first.webhook_secret}" in banner


def test_named_gateway_is_real() -> None:
    environment = {"OPENCLAW_URL": "http://127.0.0.1:18789/", "OPENCLAW_TOKEN": "t"}

    assert _gateway(environment, None).is_real  # type: ignore[arg-type]  # a real gateway registers nothing
