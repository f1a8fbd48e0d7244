"""The stitcher's time is enough for a whole batch at a gateway that does not answer."""

from collections.abc import Callable
from typing import Any

import pytest

from stitcher.wiring import ADMISSION_TIMEOUT, CONNECT_TIMEOUT, READ_TIMEOUT

# To forget an old run and to take a new one; with hooks there is nothing to forget.
CALLS = {"rpc": 2 * (CONNECT_TIMEOUT + READ_TIMEOUT), "hooks": CONNECT_TIMEOUT + ADMISSION_TIMEOUT}


@pytest.mark.parametrize("mode", CALLS)
def test_calls_of_a_batch_fit_into_the_timeout(
    mode: str,
    functions: dict[str, dict[str, Any]],
    resources: Callable[[str], dict[str, dict[str, Any]]],
) -> None:
    mappings = resources("AWS::Lambda::EventSourceMapping")
    batches = [mapping["BatchSize"] for name, mapping in mappings.items() if name.startswith("Stitcher")]
    assert len(batches) == 2
    assert max(batches) * CALLS[mode] < functions["StitcherFunction"]["Timeout"]
