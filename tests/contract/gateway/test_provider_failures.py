"""A failing provider. These tests have their own file, because a real gateway keeps asking it for over a
minute.
"""

import pytest

from tests.fakes.gateway_backends import GatewayBackend, request, wait_for_outcome, wait_until_over

pytestmark = pytest.mark.contract

PROVIDER_GIVES_UP = 300
"""Seconds for which a real gateway may repeat its calls."""


def test_failing_provider_ends_the_run_with_an_error(backend: GatewayBackend) -> None:
    run_request = request(backend, "FAIL500")
    accepted = backend.gateway.add(run_request)
    outcome = wait_for_outcome(backend, accepted.scheduled_run_id, PROVIDER_GIVES_UP)
    assert outcome.status == "error"
    assert outcome.error
    assert "HTTP 500" in outcome.error
    assert wait_until_over(backend, run_request.key).next_run_at is None
    assert [body["status"] for body in backend.callbacks.of(run_request.key)] == ["error"]
