"""An agent that may use none of the granted tools. It is created here, after which the gateway needs time to
settle.
"""

import os
from pathlib import Path

import pytest

from mosaic.openclaw.rpc import HttpRpc
from tests.live.openclaw.stitcher import Stitcher

pytestmark = pytest.mark.alone


def have_an_agent(name: str) -> None:
    """Creates an agent with all tools on a gateway without channels, so that it cannot send messages."""
    rpc = HttpRpc(
        os.environ["OPENCLAW_URL"], os.environ["OPENCLAW_TOKEN"], connect_timeout=2, read_timeout=60
    )
    folder = Path(os.environ["OPENCLAW_WORKSPACES"]) / name
    rpc("agents.create", {"name": name, "workspace": str(folder)})


def test_job_without_usable_tools_fails_at_once(stitcher: Stitcher) -> None:
    have_an_agent("herald")
    job = stitcher.ended(stitcher.create("Tell somebody", profile="herald", maxAttempts=3))
    assert (job["status"], job["error"]["code"]) == ("FAILED", "no_tools")
    assert "toolsAllow: message" in job["error"]["title"]
    [last] = [
        step for step in job["steps"] if step["name"] == "dispatch" and step["attempt"] == job["attempt"]
    ]
    assert stitcher.model_runs(last["output"]) == []
