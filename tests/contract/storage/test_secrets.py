"""Contract of the secret store."""

from __future__ import annotations

import pytest

from mosaic.storage.secrets import Secrets, SecretUnavailable


def test_secret_is_a_json_object(secrets: Secrets) -> None:
    assert secrets.get("webhook") == {"secret": "s3cret ✓"}


def test_missing_secret_raises(secrets: Secrets) -> None:
    with pytest.raises(SecretUnavailable):
        secrets.get("nowhere")
