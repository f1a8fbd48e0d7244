"""Which function may read which secret. docs/security.md has the same table."""

from collections.abc import Callable
from typing import Any

import pytest

Json = dict[str, Any]

READERS = {
    "OpenClawSecret": {"StitcherFunction"},
    "CallbackSecret": {"StitcherFunction", "WebhookFunction"},
    "RunTokenSecret": {"AuthorizerFunction", "StitcherFunction"},
    "WebhookSecret": {"WebhookFunction"},
    "NotifierSecret": {"NotifierFunction"},
}
INTERNET_FACING = {"ApiFunction", "AdminFunction", "AuthorizerFunction", "WebhookFunction"}


def _readers(
    secret: str, statements: dict[str, list[Json]], names: Callable[[Any], set[str]]
) -> dict[str, set[str]]:
    """Returns what each function may do with the secret."""
    granted = {
        function: {action for one in allowed if secret in names(one["Resource"]) for action in one["Action"]}
        for function, allowed in statements.items()
    }
    return {function: actions for function, actions in granted.items() if actions}


def test_each_secret_has_the_listed_readers(
    statements: dict[str, list[Json]],
    resources: Callable[[str], dict[str, Json]],
    names: Callable[[Any], set[str]],
) -> None:
    assert set(resources("AWS::SecretsManager::Secret")) == set(READERS)
    for secret, readers in READERS.items():
        granted = _readers(secret, statements, names)
        assert set(granted) == readers, secret
        assert set().union(*granted.values()) == {"secretsmanager:GetSecretValue"}, secret


def test_operator_token_is_far_from_the_internet(
    statements: dict[str, list[Json]], names: Callable[[Any], set[str]]
) -> None:
    assert not INTERNET_FACING & set(_readers("OpenClawSecret", statements, names))


def test_each_key_has_a_secret_of_its_own(resources: Callable[[str], dict[str, Json]]) -> None:
    generated = {
        name: secret["GenerateSecretString"]["GenerateStringKey"]
        for name, secret in resources("AWS::SecretsManager::Secret").items()
        if "GenerateSecretString" in secret
    }

    assert generated == {
        "WebhookSecret": "secret",
        "CallbackSecret": "callbackKey",
        "RunTokenSecret": "runTokenKey",
    }


PREFIXES = {
    "connection": {
        "AdminFunction": {"secretsmanager:CreateSecret", "secretsmanager:DeleteSecret"},
        "WebhookFunction": {"secretsmanager:GetSecretValue"},
    },
    "gateway": {"StitcherFunction": {"secretsmanager:GetSecretValue"}},
    "callback": {"WebhookFunction": {"secretsmanager:GetSecretValue"}},
}
"""What functions may do with secrets that are created while the stack runs, by the kind in their names"""


@pytest.mark.parametrize("kind", PREFIXES)
def test_each_kind_of_secret_has_the_listed_readers(statements: dict[str, list[Json]], kind: str) -> None:
    granted = {
        function: {
            action
            for one in allowed
            if any(f":secret:${{AWS::StackName}}/{kind}/*" in str(resource) for resource in one["Resource"])
            for action in one["Action"]
        }
        for function, allowed in statements.items()
    }

    assert {function: actions for function, actions in granted.items() if actions} == PREFIXES[kind]
