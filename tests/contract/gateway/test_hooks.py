"""The hooks of a gateway that offers nothing else: a run is admitted, once for a key and a body, and that is all."""

from typing import cast

import pytest
import urllib3

from mosaic.openclaw.errors import GatewayRefused, GatewayUnauthorized, GatewayUnavailable
from mosaic.openclaw.hooks import PATH, Hooks, HttpHooks, ReadinessRpc
from mosaic.openclaw.model import RunRequest
from tests.fakes.gateway_backends import FakeBackend, GatewayBackend, OverHttp, request

pytestmark = pytest.mark.contract

# The gateway takes up to fifteen seconds to admit a run.
ADMISSION = 60.0


class PatientHooks(HttpHooks):
    """Asks again where a gateway that has much to do did not come to admit the run in its own time."""

    def start(self, run_request: RunRequest) -> str:
        """As HttpHooks."""
        for _ in range(4):
            try:
                return super().start(run_request)
            except GatewayUnavailable as error:
                if error.may_have_been_accepted:
                    raise
        return super().start(run_request)


def over_http(http_backend: OverHttp, token: str | None = None) -> HttpHooks:
    return PatientHooks(
        http_backend.url, token or http_backend.hook_token, connect_timeout=2, read_timeout=ADMISSION
    )


@pytest.fixture
def hooks(backend: GatewayBackend) -> Hooks:
    """The hooks of each gateway: the fake's own, the others' over HTTP."""
    return backend.hooks if isinstance(backend, FakeBackend) else over_http(cast("OverHttp", backend))


def test_a_run_is_admitted_once_for_a_key_and_a_body(backend: GatewayBackend, hooks: Hooks) -> None:
    run_request = request(backend)
    run_id = hooks.start(run_request)
    assert run_id
    assert hooks.start(run_request) == run_id


def test_the_same_key_with_another_body_is_another_run(backend: GatewayBackend, hooks: Hooks) -> None:
    run_request = request(backend)
    other = run_request.model_copy(update={"message": "something else"})
    assert hooks.start(run_request) != hooks.start(other)


@pytest.mark.alone
def test_what_was_admitted_before_a_restart_is_admitted_again_after_it(
    backend: GatewayBackend, hooks: Hooks
) -> None:
    run_request = request(backend)
    before = hooks.start(run_request)
    backend.restart(0)
    assert hooks.start(run_request) != before


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"agent": "nobody"}, 'unknown agentId "nobody"'), ({"message": ""}, "message required")],
)
def test_what_cannot_be_run_is_refused(
    backend: GatewayBackend, hooks: Hooks, changes: dict[str, str], message: str
) -> None:
    with pytest.raises(GatewayRefused, match=message):
        hooks.start(request(backend).model_copy(update=changes))


def test_what_is_too_long_is_refused(backend: GatewayBackend, hooks: Hooks) -> None:
    with pytest.raises(GatewayRefused, match="payload too large"):
        hooks.start(request(backend, "x" * 300_000))


def test_another_token_is_not_accepted(http_backend: OverHttp) -> None:
    with pytest.raises(GatewayUnauthorized):
        over_http(http_backend, "another-token").start(request(http_backend))


def test_only_posts_are_hooks(http_backend: OverHttp) -> None:
    answer = urllib3.request("GET", http_backend.url + PATH, retries=False)
    assert (answer.status, answer.data) == (405, b"Method Not Allowed")


def test_a_gateway_that_is_there_answers_every_question_with_nothing(http_backend: OverHttp) -> None:
    assert ReadinessRpc(http_backend.url, connect_timeout=2, read_timeout=ADMISSION)("cron.list", {}) == {}
