"""The local stack, dispatching to the real gateway that OPENCLAW_URL names."""

import os
from collections.abc import Iterator

import pytest

from local.demo import seed
from local.stack import LocalStack
from tests.live.openclaw.stitcher import Stitcher

NEEDED = ("OPENCLAW_URL", "OPENCLAW_TOKEN", "OPENCLAW_CALLBACK_TOKEN", "FAKE_LLM_LOG")


@pytest.fixture(scope="session")
def stitcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stitcher]:
    missing = [name for name in NEEDED if not os.environ.get(name)]
    if missing:
        pytest.skip(f"needs a real OpenClaw gateway: {', '.join(missing)} not set")
    logs = tmp_path_factory.mktemp("stack")
    with LocalStack({"OpenClawUrl": os.environ["OPENCLAW_URL"]}, logs=logs) as stack:
        demo = seed(
            stack,
            gateway_token=os.environ["OPENCLAW_TOKEN"],
            callback_token=os.environ["OPENCLAW_CALLBACK_TOKEN"],
        )
        yield Stitcher(stack, demo)
