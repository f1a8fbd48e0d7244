"""Whole jobs over a real gateway: however a run ends, there was one for each attempt, and the job says how it ended.

All jobs are dispatched at once, so that they do their waiting together; each test looks at one of them.
"""

import time
from collections.abc import Mapping
from typing import Any

import pytest

from tests.live.openclaw.stitcher import Stitcher, key

COMMIT = "c0ffee" + "0" * 34
BRIDGE = {"tool_call", "tool_describe", "tool_search"}
CODE = {"type": "code-task", "repository": "acme/shop"}
# OpenClaw would run again after half a minute what may be run again.
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
    """The ids of all jobs, under way."""
    begun = {
        "failing": stitcher.create("FAIL500", maxAttempts=1),
        "mentioned": stitcher.mention("@mosaic make it faster SLEEP=3", "once")["jobId"],
        "long": stitcher.create("LONG=5000"),
        "late": stitcher.create("Take your time SLEEP=60", timeoutSeconds=20),
        "cancelled": stitcher.create("Wait SLEEP=100"),
        "unheard": stitcher.create("Say it twice SLEEP=2"),
        "quiet": stitcher.create("What changed? SLEEP=2"),
        "writing": stitcher.create('[[TOOL:write {"path":"notes.txt","content":"done"}]]', **CODE),
        "reaching": stitcher.create('[[TOOL:exec {"command":"id"}]]', **CODE),
        "nobody": stitcher.create("Fetch it", profile="bridge"),
    }
    stitcher.callback_proxy.refuse_next(key(begun["unheard"]))
    for _ in range(5):
        stitcher.enqueue(begun["quiet"])
    return begun


def test_a_cancelled_job_stops_the_turn_and_says_so(stitcher: Stitcher, jobs: Jobs) -> None:
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


def test_an_agent_that_the_gateway_does_not_have_is_named(stitcher: Stitcher, jobs: Jobs) -> None:
    job = stitcher.ended(jobs["nobody"])
    assert code(job) == "gateway_refused"
    assert "no agent 'bridge'" in job["error"]["title"]


def test_a_mention_becomes_one_run_and_completes_when_its_gates_have_passed(
    stitcher: Stitcher, jobs: Jobs
) -> None:
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


def test_however_often_a_job_is_woken_it_runs_once(stitcher: Stitcher, jobs: Jobs) -> None:
    job = stitcher.ended(jobs["quiet"])
    assert job["status"] == "COMPLETED"
    [step] = [step for step in job["steps"] if step["type"] == "AI_ACTION"]
    assert (step["tokensInput"], step["tokensOutput"]) == (11, 7)
    assert (job["result"]["model"], job["result"]["provider"]) == ("fake-1", "fake")
    assert job["result"]["durationMs"] > 0
    assert len(stitcher.model_runs(stitcher.scheduled_run_of(job))) == 1


def test_a_run_uses_the_tools_that_it_was_granted(stitcher: Stitcher, jobs: Jobs) -> None:
    job = stitcher.job(jobs["writing"], run_over)
    assert job["result"]["summary"].startswith("STUB-REPLY ok after-tool: ")
    assert "not found" not in job["result"]["summary"]
    [offered] = stitcher.model_runs(stitcher.scheduled_run_of(job))
    assert "write" in offered


def test_a_tool_outside_the_guard_rails_is_not_offered_to_the_model(stitcher: Stitcher, jobs: Jobs) -> None:
    job = stitcher.job(jobs["reaching"], run_over)
    [offered] = stitcher.model_runs(stitcher.scheduled_run_of(job))
    assert offered - BRIDGE <= set(job["guard"]["tools"])
    assert "exec" not in offered
    assert job["result"]["summary"] == "STUB-REPLY ok after-tool: Tool exec not found"


def test_a_long_answer_is_kept_as_far_as_the_gateway_tells_it(stitcher: Stitcher, jobs: Jobs) -> None:
    job = stitcher.ended(jobs["long"])
    assert (job["status"], job["result"]["summary"]) == ("COMPLETED", "L" * 2000 + "… [cut] by the gateway")


def test_a_run_that_is_longer_than_its_deadline_is_removed(stitcher: Stitcher, jobs: Jobs) -> None:
    job = stitcher.ended(jobs["late"])
    assert (job["status"], code(job)) == ("FAILED", "timeout")
    assert stop_step(job)[0] == "COMPLETED"
    assert stitcher.outcome(stitcher.scheduled_run_of(job)).error == "Cron job removed by operator."


def test_a_callback_that_was_refused_is_made_up_for_by_asking(stitcher: Stitcher, jobs: Jobs) -> None:
    job = stitcher.ended(jobs["unheard"])
    assert (job["status"], job["result"]["summary"]) == ("COMPLETED", "STUB-REPLY ok")
    assert stitcher.callback_proxy.refused == [key(jobs["unheard"])]
    assert stitcher.callback_proxy.statuses(key(jobs["unheard"])) == ["ok"]
    assert len(stitcher.model_runs(stitcher.scheduled_run_of(job))) == 1


def test_a_failing_provider_fails_the_job_and_nothing_runs_again_by_itself(
    stitcher: Stitcher, jobs: Jobs
) -> None:
    failed = stitcher.ended(jobs["failing"])
    assert (failed["status"], code(failed)) == ("FAILED", "run_failed")
    assert "HTTP 500" in failed["error"]["title"]
    tried = len(stitcher.model_runs(stitcher.scheduled_run_of(failed)))
    time.sleep(SELF_RETRY_SECONDS)
    assert len(stitcher.model_runs(stitcher.scheduled_run_of(failed))) == tried
    for name in ("late", "cancelled"):  # they may have been stopped before the model was asked
        job = stitcher.call("GET", f"/runner-jobs/{jobs[name]}")
        assert len(stitcher.model_runs(stitcher.scheduled_run_of(job))) <= 1
