"""The local stack with the real gateway of OPENCLAW_URL, and a proxy before its callbacks."""

import os
from collections.abc import Iterator

import pytest

from local.demo import Seed
from local.stack import LocalStack
from tests.fakes import openclaw_process
from tests.live.openclaw.callback_proxy import CallbackProxy
from tests.live.openclaw.stitcher import Stitcher

NEEDED = ("OPENCLAW_URL", "OPENCLAW_TOKEN", "OPENCLAW_CALLBACK_TOKEN", "FAKE_LLM_LOG")


@pytest.fixture(scope="session")
def stitcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stitcher]:
    missing = [name for name in NEEDED if not os.environ.get(name)]
    if missing:
        pytest.skip(f"needs a real OpenClaw gateway: {', '.join(missing)} not set")
    callback_proxy, logs = CallbackProxy(), tmp_path_factory.mktemp("stack")
    parameters = {"OpenClawUrl": os.environ["OPENCLAW_URL"], "PublicUrl": callback_proxy.url}
    seed = Seed(
        gateway_token=os.environ["OPENCLAW_TOKEN"],
        callback_token=os.environ["OPENCLAW_CALLBACK_TOKEN"],
    )
    with LocalStack(parameters, logs=logs, prepare=seed) as stack:
        callback_proxy.stack_url = stack.url
        yield Stitcher(stack, seed.demo, callback_proxy)
    callback_proxy.close()


@pytest.fixture(scope="session", autouse=True)
def gateway_process() -> Iterator[None]:
    """Stops a gateway that a test has started again."""
    yield
    openclaw_process.stop()
