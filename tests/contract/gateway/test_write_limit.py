"""The gateway's limit on writes. The file runs last: after it, a real gateway removes nothing for a minute."""

import pytest

from local.gateway.rate_limits import REAL_LIMIT
from mosaic.openclaw.client import Gateway
from mosaic.openclaw.errors import GatewayUnavailable

pytestmark = [pytest.mark.contract, pytest.mark.alone]


def write_once_too_often(gateway: Gateway) -> None:
    for _ in range(REAL_LIMIT + 1):
        assert gateway.remove("00000000-0000-0000-0000-000000000000") is False


def test_calls_over_the_limit_get_a_retry_time(limited: Gateway) -> None:
    with pytest.raises(GatewayUnavailable) as caught:
        write_once_too_often(limited)
    assert not caught.value.may_have_been_accepted
    assert caught.value.retry_after_seconds
    assert 0 < caught.value.retry_after_seconds <= 60
    assert limited.find("mosaic:unknown:1") is None
