"""A callback counts with a genuine URL and the bearer of its workspace's gateway."""

from __future__ import annotations

import pytest

from mosaic.access.model import Workspace
from mosaic.openclaw.callback import token_for
from mosaic.openclaw.errors import CallbackError
from mosaic.services.authenticate_callback import CallbackAuthenticator
from mosaic.storage.secrets import SecretUnavailable
from tests.fakes.storage.access import FakeAccess
from tests.fakes.storage.secrets import FakeSecrets

SECRETS = {
    "callback": {"callbackKey": "key", "previousCallbackKey": "old key", "callbackToken": "shared bearer"},
    "stack/callback/eu": {"callbackToken": "eu bearer", "previousCallbackToken": "old eu bearer"},
}
GATEWAYS = {"demo": None, "acme": "eu", "lost": "nowhere"}


@pytest.fixture
def authenticator() -> CallbackAuthenticator:
    access = FakeAccess()
    for workspace, gateway in GATEWAYS.items():
        access.put_workspace(Workspace(id=workspace, gateway=gateway))
    return CallbackAuthenticator(access, FakeSecrets(SECRETS), "callback", "stack/callback/")


@pytest.mark.parametrize(
    ("workspace", "bearer", "valid"),
    [
        ("demo", "shared bearer", True),
        ("demo", "eu bearer", False),
        ("demo", "", False),
        ("acme", "eu bearer", True),
        ("acme", "old eu bearer", True),
        ("acme", "shared bearer", False),
        ("acme", "", False),
    ],
)
@pytest.mark.parametrize("key", ["key", "old key"])
def test_bearer_is_that_of_the_workspaces_gateway(
    authenticator: CallbackAuthenticator, workspace: str, bearer: str, valid: bool, key: str
) -> None:
    token = token_for(workspace, "job", 2, key)
    if valid:
        ref = authenticator.authenticate(token, f"Bearer {bearer}")
        assert (ref.workspace_id, ref.job_id, ref.attempt) == (workspace, "job", 2)
    else:
        with pytest.raises(CallbackError):
            authenticator.authenticate(token, f"Bearer {bearer}")


def test_forged_url_reads_no_workspace(authenticator: CallbackAuthenticator) -> None:
    authenticator.access.workspace = lambda _: pytest.fail("it was read")  # type: ignore[method-assign, assignment]
    with pytest.raises(CallbackError):
        authenticator.authenticate(token_for("acme", "job", 1, "another key"), "Bearer eu bearer")


def test_gateway_without_a_secret_authenticates_nobody(authenticator: CallbackAuthenticator) -> None:
    with pytest.raises(SecretUnavailable):
        authenticator.authenticate(token_for("lost", "job", 1, "key"), "Bearer shared bearer")
