"""What the flows may expect of the secret store."""

from __future__ import annotations

import pytest

from mosaic.storage.secrets import Secrets, SecretUnavailable


def test_a_secret_is_a_json_object(secrets: Secrets) -> None:
    assert secrets.get("webhook") == {"secret": "s3cret ✓"}


def test_a_secret_that_is_not_there_cannot_be_read(secrets: Secrets) -> None:
    with pytest.raises(SecretUnavailable):
        secrets.get("nowhere")
