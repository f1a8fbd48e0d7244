"""A gateway that is killed and started again, with jobs before, during and after their runs."""

import pytest

from tests.fakes import openclaw_process
from tests.live.openclaw.stitcher import Stitcher, key

pytestmark = pytest.mark.alone


def test_killed_gateway_loses_no_job_and_repeats_none(stitcher: Stitcher) -> None:
    done = stitcher.create("What changed? SLEEP=1")
    assert stitcher.ended(done)["status"] == "COMPLETED"
    during = stitcher.create("Wait SLEEP=300")
    stitcher.run(during, lambda run: stitcher.model_runs(run.id) != [])
    before = stitcher.create("What changed? SLEEP=1")
    stitcher.run(before)

    openclaw_process.kill()
    meanwhile = stitcher.create("What changed? SLEEP=1")
    openclaw_process.start(stitcher.gateway_url)

    ended = {
        name: stitcher.ended(job)
        for name, job in {"done": done, "during": during, "before": before, "meanwhile": meanwhile}.items()
    }
    assert {name: job["status"] for name, job in ended.items()} == {
        "done": "COMPLETED",
        "during": "FAILED",
        "before": "COMPLETED",
        "meanwhile": "COMPLETED",
    }
    assert ended["during"]["error"]["code"] == "run_failed"
    assert "interrupted by gateway restart" in ended["during"]["error"]["title"]
    assert stitcher.callback_proxy.statuses(key(during)) == []
    for job in ended.values():
        assert len(stitcher.model_runs(stitcher.scheduled_run_of(job))) == 1
