"""Jobs over a real gateway: each attempt runs once, and the job shows how its run ended.

All jobs are dispatched at once, so that they wait at the same time; each test checks one of them.
"""

import time
from collections.abc import Mapping
from typing import Any

import pytest

from tests.live.openclaw.stitcher import Stitcher, key

COMMIT = "c0ffee" + "0" * 34
BRIDGE = {"tool_call", "tool_describe", "tool_search"}
CODE = {"type": "code-task", "repository": "acme/shop"}
# OpenClaw would repeat a run half a minute later.
SELF_RETRY_SECONDS = 35

Jobs = Mapping[str, str]


def code(job: dict[str, Any]) -> str | None:
    return (job.get("error") or {}).get("code")


def run_over(job: dict[str, Any]) -> bool:
    return job["phase"] == "VALIDATION" or code(job) is not None


def stop_step(job: dict[str, Any]) -> tuple[str, str]:
    [step] = [step for step in job["steps"] if step["phase"] == "CLEANUP"]
    return step["status"], step["output"]


@pytest.fixture(scope="module")
def jobs(stitcher: Stitcher) -> Jobs:
    """Returns the ids of all jobs, which are in progress."""
    begun = {
        "failing": stitcher.create("FAIL500", maxAttempts=1),
        "mentioned": stitcher.mention("@mosaic make it faster SLEEP=3", "once")["jobId"],
        "long": stitcher.create("LONG=5000"),
        "late": stitcher.create("Take your time SLEEP=60", timeoutSeconds=20),
        "cancelled": stitcher.create("Wait SLEEP=100"),
        "refused": stitcher.create("Say it twice SLEEP=2"),
        "quiet": stitcher.create("What changed? SLEEP=2"),
        "writing": stitcher.create('[[TOOL:write {"path":"notes.txt","content":"done"}]]', **CODE),
        "reaching": stitcher.create('[[TOOL:exec {"command":"id"}]]', **CODE),
        "nobody": stitcher.create("Fetch it", profile="bridge"),
    }
    stitcher.callback_proxy.refuse_next(key(begun["refused"]))
    for _ in range(5):
        stitcher.enqueue(begun["quiet"])
    return begun


def test_cancelled_job_stops_its_turn(stitcher: Stitcher, jobs: Jobs) -> None:
    run = stitcher.run(jobs["cancelled"], lambda run: run.running_since is not None)
    stitcher.call("POST", f"/runner-jobs/{jobs['cancelled']}/cancel", {"reason": "no longer needed"})
    assert stitcher.outcome(run.id).error == "Cron job removed by operator."
    job = stitcher.job(
        jobs["cancelled"], lambda job: any(step["phase"] == "CLEANUP" for step in job["steps"])
    )
    assert job["status"] == "CANCELLED"
    assert stop_step(job)[0] == "COMPLETED"
    assert stitcher.gateway.running(run.id) == ()
    assert stitcher.callback_proxy.statuses(key(jobs["cancelled"])) == []


def test_missing_agent_is_named(stitcher: Stitcher, jobs: Jobs) -> None:
    job = stitcher.ended(jobs["nobody"])
    assert code(job) == "gateway_refused"
    assert "no agent 'bridge'" in job["error"]["title"]


def test_mentioned_job_completes_after_its_gates(stitcher: Stitcher, jobs: Jobs) -> None:
    again = stitcher.mention("@mosaic make it faster SLEEP=3", "once")
    assert (again["jobId"], again["duplicate"]) == (jobs["mentioned"], True)
    waiting = stitcher.job(jobs["mentioned"], run_over)
    assert (waiting["status"], waiting["type"]) == ("RUNNING", "code-task")
    for gate in waiting["gates"]:
        report = {"status": "passed", "commitSha": COMMIT}
        stitcher.call("PUT", f"/runner-jobs/{jobs['mentioned']}/gates/{gate['id']}", report, "reporter")
    job = stitcher.ended(jobs["mentioned"])
    assert job["status"] == "COMPLETED"
    assert job["result"]["summary"] == "STUB-REPLY ok"
    assert len(stitcher.model_runs(stitcher.scheduled_run_of(job))) == 1


def test_repeated_messages_start_one_run(stitcher: Stitcher, jobs: Jobs) -> None:
    job = stitcher.ended(jobs["quiet"])
    assert job["status"] == "COMPLETED"
    [step] = [step for step in job["steps"] if step["type"] == "AI_ACTION"]
    assert (step["tokensInput"], step["tokensOutput"]) == (11, 7)
    assert (job["result"]["model"], job["result"]["provider"]) == ("fake-1", "fake")
    assert job["result"]["durationMs"] > 0
    assert len(stitcher.model_runs(stitcher.scheduled_run_of(job))) == 1


def test_run_uses_its_granted_tools(stitcher: Stitcher, jobs: Jobs) -> None:
    job = stitcher.job(jobs["writing"], run_over)
    assert job["result"]["summary"].startswith("STUB-REPLY ok after-tool: ")
    assert "not found" not in job["result"]["summary"]
    [offered] = stitcher.model_runs(stitcher.scheduled_run_of(job))
    assert "write" in offered


def test_refused_tool_is_not_offered(stitcher: Stitcher, jobs: Jobs) -> None:
    job = stitcher.job(jobs["reaching"], run_over)
    [offered] = stitcher.model_runs(stitcher.scheduled_run_of(job))
    assert offered - BRIDGE <= set(job["guard"]["tools"])
    assert "exec" not in offered
    assert job["result"]["summary"] == "STUB-REPLY ok after-tool: Tool exec not found"


def test_long_answer_is_cut_by_the_gateway(stitcher: Stitcher, jobs: Jobs) -> None:
    job = stitcher.ended(jobs["long"])
    assert (job["status"], job["result"]["summary"]) == ("COMPLETED", "L" * 2000 + "… [cut] by the gateway")


def test_overdue_run_is_removed(stitcher: Stitcher, jobs: Jobs) -> None:
    job = stitcher.ended(jobs["late"])
    assert (job["status"], code(job)) == ("FAILED", "timeout")
    assert stop_step(job)[0] == "COMPLETED"
    assert stitcher.outcome(stitcher.scheduled_run_of(job)).error == "Cron job removed by operator."


def test_refused_callback_is_replaced_by_polling(stitcher: Stitcher, jobs: Jobs) -> None:
    job = stitcher.ended(jobs["refused"])
    assert (job["status"], job["result"]["summary"]) == ("COMPLETED", "STUB-REPLY ok")
    assert stitcher.callback_proxy.refused == [key(jobs["refused"])]
    assert stitcher.callback_proxy.statuses(key(jobs["refused"])) == ["ok"]
    assert len(stitcher.model_runs(stitcher.scheduled_run_of(job))) == 1


def test_failing_provider_fails_the_job_once(stitcher: Stitcher, jobs: Jobs) -> None:
    failed = stitcher.ended(jobs["failing"])
    assert (failed["status"], code(failed)) == ("FAILED", "run_failed")
    assert "HTTP 500" in failed["error"]["title"]
    tried = len(stitcher.model_runs(stitcher.scheduled_run_of(failed)))
    time.sleep(SELF_RETRY_SECONDS)
    assert len(stitcher.model_runs(stitcher.scheduled_run_of(failed))) == tried
    for name in ("late", "cancelled"):  # They may have been stopped before the model was called.
        job = stitcher.call("GET", f"/runner-jobs/{jobs[name]}")
        assert len(stitcher.model_runs(stitcher.scheduled_run_of(job))) <= 1
