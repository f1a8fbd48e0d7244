"""The hooks of a gateway that offers nothing else: a run is admitted once for each key and body."""

from typing import cast

import pytest
import urllib3

from mosaic.openclaw.errors import GatewayRefused, GatewayUnauthorized, GatewayUnavailable
from mosaic.openclaw.hooks import PATH, Hooks, HttpHooks, ReadinessRpc
from mosaic.openclaw.model import RunRequest
from tests.fakes.gateway_backends import FakeBackend, GatewayBackend, HttpGatewayBackend, request

pytestmark = pytest.mark.contract

# The gateway takes up to fifteen seconds to admit a run.
ADMISSION = 60.0


class PatientHooks(HttpHooks):
    """Repeats the call when a busy gateway did not admit the run within its own time limit."""

    def start(self, run_request: RunRequest) -> str:
        """As HttpHooks."""
        for _ in range(4):
            try:
                return super().start(run_request)
            except GatewayUnavailable as error:
                if error.may_have_been_accepted:
                    raise
        return super().start(run_request)


def over_http(http_backend: HttpGatewayBackend, token: str | None = None) -> HttpHooks:
    return PatientHooks(
        http_backend.url, token or http_backend.hook_token, connect_timeout=2, read_timeout=ADMISSION
    )


@pytest.fixture
def hooks(backend: GatewayBackend) -> Hooks:
    """The hooks of each gateway. The fake has its own, the others use HTTP."""
    return (
        backend.hooks if isinstance(backend, FakeBackend) else over_http(cast("HttpGatewayBackend", backend))
    )


def test_run_is_admitted_once_for_a_key_and_body(backend: GatewayBackend, hooks: Hooks) -> None:
    run_request = request(backend)
    run_id = hooks.start(run_request)
    assert run_id
    assert hooks.start(run_request) == run_id


def test_other_body_with_the_same_key_is_a_new_run(backend: GatewayBackend, hooks: Hooks) -> None:
    run_request = request(backend)
    other = run_request.model_copy(update={"message": "something else"})
    assert hooks.start(run_request) != hooks.start(other)


@pytest.mark.alone
def test_restart_forgets_admitted_runs(backend: GatewayBackend, hooks: Hooks) -> None:
    run_request = request(backend)
    before = hooks.start(run_request)
    backend.restart(0)
    assert hooks.start(run_request) != before


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"agent": "nobody"}, 'unknown agentId "nobody"'), ({"message": ""}, "message required")],
)
def test_invalid_run_is_refused(
    backend: GatewayBackend, hooks: Hooks, changes: dict[str, str], message: str
) -> None:
    with pytest.raises(GatewayRefused, match=message):
        hooks.start(request(backend).model_copy(update=changes))


def test_long_message_is_refused(backend: GatewayBackend, hooks: Hooks) -> None:
    with pytest.raises(GatewayRefused, match="payload too large"):
        hooks.start(request(backend, "x" * 300_000))


def test_wrong_token_is_unauthorized(http_backend: HttpGatewayBackend) -> None:
    with pytest.raises(GatewayUnauthorized):
        over_http(http_backend, "another-token").start(request(http_backend))


def test_hook_allows_only_post(http_backend: HttpGatewayBackend) -> None:
    answer = urllib3.request("GET", http_backend.url + PATH, retries=False)
    assert (answer.status, answer.data) == (405, b"Method Not Allowed")


def test_readiness_rpc_returns_an_empty_object(http_backend: HttpGatewayBackend) -> None:
    assert ReadinessRpc(http_backend.url, connect_timeout=2, read_timeout=ADMISSION)("cron.list", {}) == {}
