"""A new webhook secret is valid without a deployment; the previous one stays valid until it is removed."""

from collections.abc import Callable, Iterator
from secrets import token_hex

import pytest

from local.demo import WEBHOOK_SECRET, put_secret
from local.stack import LocalStack
from mosaic.storage.secrets import MAX_AGE
from tests.e2e.support.http_client import HttpClient, wait_until
from tests.e2e.support.tenants import Tenant
from tests.e2e.support.webhook_deliveries import comment, digest

NEW = f"rotated-{token_hex(16)}"


@pytest.fixture
def rotated(stack: LocalStack, issued_tokens: list[str]) -> Iterator[None]:
    """Stores both secrets; running functions read them within a minute."""
    secret_id = stack.env("WebhookFunction")["WEBHOOK_SECRET_ID"]
    issued_tokens.append(NEW)  # the final invariants search for it
    put_secret(stack, secret_id, secret=NEW, previous=WEBHOOK_SECRET)
    yield
    put_secret(stack, secret_id, secret=WEBHOOK_SECRET, previous=NEW)


@pytest.fixture
def response_status(http: HttpClient, demo: Tenant) -> Callable[[str], int]:
    """Returns the status for an irrelevant delivery, signed with this secret."""

    def response_status(secret: str) -> int:
        delivery = comment("github", "no mention", demo.repository)
        signature = f"sha256={digest(delivery.body, secret)}"
        return delivery.with_headers(x_hub_signature_256=signature).send(http).status

    return response_status


@pytest.mark.usefixtures("rotated")
def test_both_secrets_are_valid_during_rotation(
    response_status: Callable[[str], int],
) -> None:
    wait_until(lambda: response_status(NEW) == 200, "the new secret is known", within=MAX_AGE + 30)

    assert response_status(WEBHOOK_SECRET) == 200
    assert response_status("a guess") == 401
