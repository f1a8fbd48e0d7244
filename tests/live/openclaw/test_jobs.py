"""Whole jobs over a real gateway: from a signed webhook to COMPLETED, one run of the agent each."""

from tests.live.openclaw.stitcher import Stitcher

COMMIT = "c0ffee" + "0" * 34
BRIDGE = {"tool_call", "tool_describe", "tool_search"}


def ended(job: dict[str, str]) -> bool:
    return job["status"] in ("COMPLETED", "FAILED", "CANCELLED")


def test_a_mention_becomes_one_run_and_completes_when_its_gates_have_passed(stitcher: Stitcher) -> None:
    told = stitcher.mention("@mosaic make it faster SLEEP=3", "once")
    again = stitcher.mention("@mosaic make it faster SLEEP=3", "once")
    assert (again["jobId"], again["duplicate"]) == (told["jobId"], True)
    run = stitcher.run(told["jobId"])
    waiting = stitcher.job(told["jobId"], lambda job: job["phase"] == "VALIDATION" or ended(job))
    assert (waiting["status"], waiting["type"]) == ("RUNNING", "code-task")
    for gate in waiting["gates"]:
        report = {"status": "passed", "commitSha": COMMIT}
        stitcher.call("PUT", f"/runner-jobs/{told['jobId']}/gates/{gate['id']}", report, "reporter")
    job = stitcher.job(told["jobId"], ended)
    assert job["status"] == "COMPLETED"
    assert job["result"]["summary"] == "STUB-REPLY ok"
    assert len(stitcher.model_runs(run.id)) == 1


def test_a_tool_outside_the_guard_rails_is_not_offered_to_the_model(stitcher: Stitcher) -> None:
    told = stitcher.mention('@mosaic run this [[TOOL:exec {"command":"id"}]] SLEEP=3', "tool")
    run = stitcher.run(told["jobId"])
    job = stitcher.job(told["jobId"], lambda job: job["phase"] == "VALIDATION" or ended(job))
    [offered] = stitcher.model_runs(run.id)
    assert offered - BRIDGE <= set(job["guard"]["tools"])
    assert "exec" not in offered
    assert job["result"]["summary"] == "STUB-REPLY ok after-tool: Tool exec not found"


def test_a_job_by_hand_without_gates_completes_when_its_run_ends(stitcher: Stitcher) -> None:
    created = stitcher.call(
        "POST", "/runner-jobs", {"type": "git-status", "instructions": "What changed? SLEEP=3"}
    )
    run = stitcher.run(created["id"])
    job = stitcher.job(created["id"], ended)
    assert job["status"] == "COMPLETED"
    assert len(stitcher.model_runs(run.id)) == 1
    [step] = [step for step in job["steps"] if step["type"] == "AI_ACTION"]
    assert (step["tokensInput"], step["tokensOutput"]) == (11, 7)


def test_a_cancelled_job_stops_the_turn(stitcher: Stitcher) -> None:
    created = stitcher.call("POST", "/runner-jobs", {"type": "git-status", "instructions": "Wait SLEEP=60"})
    run = stitcher.run(created["id"], lambda run: run.running_since is not None)
    stitcher.call("POST", f"/runner-jobs/{created['id']}/cancel", {"reason": "no longer needed"})
    assert stitcher.outcome(run.id).error == "Cron job removed by operator."
    assert stitcher.job(created["id"], ended)["status"] == "CANCELLED"
    assert len(stitcher.model_runs(run.id)) <= 1
