"""A new webhook secret holds without a deployment, and the one before it for as long as it is kept."""

from collections.abc import Callable, Iterator
from secrets import token_hex

import pytest

from local.demo import WEBHOOK_SECRET, put_secret
from local.stack import LocalStack
from mosaic.storage.secrets import MAX_AGE
from tests.e2e.support.http_client import Web, eventually
from tests.e2e.support.tenants import Tenant
from tests.e2e.support.webhook_deliveries import comment, digest

NEW = f"rotated-{token_hex(16)}"


@pytest.fixture
def rotated(stack: LocalStack, bearers: list[str]) -> Iterator[None]:
    """Both secrets are in the secret store; functions that run already learn of it within a minute."""
    secret_id = stack.env("WebhookFunction")["WEBHOOK_SECRET_ID"]
    bearers.append(NEW)  # so that nothing may show it
    put_secret(stack, secret_id, secret=NEW, previous=WEBHOOK_SECRET)
    yield
    put_secret(stack, secret_id, secret=WEBHOOK_SECRET, previous=NEW)


@pytest.fixture
def answered(web: Web, demo: Tenant) -> Callable[[str], int]:
    """The status of a delivery that asks for nothing, signed with this secret."""

    def answered(secret: str) -> int:
        delivery = comment("github", "no mention of anybody", demo.repository)
        proof = f"sha256={digest(delivery.body, secret)}"
        return delivery.with_headers(x_hub_signature_256=proof).send(web).status

    return answered


@pytest.mark.usefixtures("rotated")
def test_both_secrets_are_good_while_one_takes_the_place_of_the_other(answered: Callable[[str], int]) -> None:
    eventually(lambda: answered(NEW) == 200, "the new secret is known", within=MAX_AGE + 30)

    assert answered(WEBHOOK_SECRET) == 200
    assert answered("a guess") == 401
