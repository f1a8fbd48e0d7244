"""Caching of secrets, and invalid secrets."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mosaic.storage.secrets import MAX_AGE, SecretStore, SecretUnavailable


class Manager:
    """Secrets Manager with one secret, which counts its calls."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.calls = 0

    def get_secret_value(self, SecretId: str) -> dict[str, Any]:  # noqa: N803 - AWS's own name
        self.calls += 1
        if SecretId != "webhook":
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetSecretValue")
        return {"SecretString": self.text}


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_changed_secret_is_read_within_a_minute() -> None:
    manager, seconds = Manager('{"secret": "old"}'), Seconds()
    store: Any = SecretStore(manager, seconds)  # type: ignore[arg-type]  # the little of it that is used
    assert store.get("webhook") == {"secret": "old"}

    manager.text = json.dumps({"secret": "new", "previous": "old"})
    seconds.now += MAX_AGE - 1
    assert store.get("webhook") == {"secret": "old"}
    seconds.now += 1
    assert store.get("webhook") == {"secret": "new", "previous": "old"}
    assert manager.calls == 2


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '"secret"'])
def test_secret_must_be_a_json_object(text: str) -> None:
    store: Any = SecretStore(Manager(text))  # type: ignore[arg-type]

    with pytest.raises(SecretUnavailable):
        store.get("webhook")


def test_error_does_not_contain_the_secret() -> None:
    store: Any = SecretStore(Manager('{"secret": "s3cret"}'))  # type: ignore[arg-type]

    with pytest.raises(SecretUnavailable, match="another cannot be read: ResourceNotFoundException"):
        store.get("another")
