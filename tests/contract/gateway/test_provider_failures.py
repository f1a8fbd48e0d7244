"""A provider that fails. In a file of its own, because a real gateway goes on asking it for more than a minute."""

import pytest

from tests.fakes.gateway_backends import GatewayBackend, ended, over, request

pytestmark = pytest.mark.contract

PROVIDER_GIVES_UP = 300
"""Seconds that a real gateway may go on asking."""


def test_a_failing_provider_is_called_back_as_an_error_and_is_the_end_of_it(backend: GatewayBackend) -> None:
    run_request = request(backend, "FAIL500")
    accepted = backend.gateway.add(run_request)
    outcome = ended(backend, accepted.scheduled_run_id, PROVIDER_GIVES_UP)
    assert outcome.status == "error"
    assert outcome.error
    assert "HTTP 500" in outcome.error
    assert over(backend, run_request.key).next_run_at is None
    assert [body["status"] for body in backend.callbacks.of(run_request.key)] == ["error"]
