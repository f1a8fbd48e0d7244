"""Checks and pushes of forges reach the jobs that are validated on their commits, in the forge's own order."""

from __future__ import annotations

from typing import Any

import pytest

from mosaic.access.model import Workspace
from mosaic.forge.intent import CommitPushed, GateOutcome, GateReported
from mosaic.jobs.check_versions import CheckVersion
from mosaic.jobs.model import Job
from mosaic.jobs.states import GateStatus, JobStatus, Phase
from mosaic.rails.gate_rules import AppliesWhen, GateRule
from mosaic.services.apply_forge_checks import NO_JOB
from mosaic.services.handle_webhook import WebhookResult
from tests.fakes.simulated_deployment import COMMIT, SimulatedDeployment

OTHER, NOTHING = "d" * 40, "0" * 40
WHEN = AppliesWhen(types=("code-task",))
RULES = (
    GateRule.model_validate(
        {
            "id": "test",
            "applies_when": WHEN,
            "reporter": {
                "kind": "check_run",
                "provider": "github",
                "context": "test",
                "by": ["github-actions"],
            },
        }
    ),
    GateRule.model_validate(
        {
            "id": "coverage",
            "applies_when": WHEN,
            "reporter": {
                "kind": "status",
                "provider": "github",
                "context": "ci/cover",
                "by": ["codecov"],
            },
            "passes_when": [{"number": "coverage", "at_least": 85}],
        }
    ),
)
WORKSPACE = Workspace(id="demo", gates=RULES)


@pytest.fixture(autouse=True)
def rules(deployment: SimulatedDeployment) -> None:
    deployment.access.put_workspace(WORKSPACE)


def started(deployment: SimulatedDeployment, **fields: Any) -> Job:
    """Returns a job whose run is in progress."""
    usual = {"type": "code-task", "profile": "weaver", "repository": "acme/shop", "instructions": "SLEEP=600"}
    job = deployment.process(deployment.accept(**{**usual, **fields}))
    deployment.pass_time(2)
    return deployment.reload(job)


def validating(deployment: SimulatedDeployment, **fields: Any) -> Job:
    """Returns a job whose run has ended."""
    job = started(deployment, **{"instructions": "Mend it", **fields})
    deployment.run_until(lambda: deployment.reload(job).phase is Phase.VALIDATION)
    return deployment.reload(job)


def check(status: GateOutcome, order: int = 1, **changes: Any) -> GateReported:
    usual: dict[str, Any] = {
        "provider": "github",
        "repository": "acme/shop",
        "check": "check_run",
        "context": "test",
        "commit_sha": COMMIT,
        "reporter": "github-actions",
    }
    return GateReported(status=status, version=CheckVersion(id=order), **{**usual, **changes})


def cover(status: GateOutcome, number: float | None = None, **changes: Any) -> GateReported:
    numbers = {} if number is None else {"coverage": number, "warnings": 3.0}
    usual: dict[str, Any] = {
        "check": "status",
        "context": "ci/cover",
        "reporter": "codecov",
        "numbers": numbers,
    }
    return check(status, **{**usual, **changes})


def push(branch: str, after: str = COMMIT, before: str = NOTHING, **changes: Any) -> CommitPushed:
    usual: dict[str, Any] = {"provider": "github", "repository": "acme/shop", "actor": "mosaic[bot]"}
    return CommitPushed(branch=branch, before=before, after=after, **{**usual, **changes})


def handle(deployment: SimulatedDeployment, intent: GateReported | CommitPushed) -> WebhookResult:
    return deployment.webhook_handler.handle(WORKSPACE, intent)


def gate(job: Job, gate_id: str = "test") -> GateStatus:
    return next(gate.status for gate in job.gates if gate.id == gate_id)


def on(job: Job) -> dict[str, Any]:
    return {"branches": (job.push_branch,)}


# ------------------------------------------------------------------ finding the job


def test_check_reports_the_gate_of_its_rule(deployment: SimulatedDeployment) -> None:
    job = validating(deployment)
    handle(deployment, push(job.push_branch))
    result = handle(deployment, check("passed", url="https://github.test/1"))
    assert result.job
    assert (result.job.id, result.duplicate, result.queued) == (job.id, False, False)
    [test, coverage] = result.job.gates
    assert (test.status, test.reported_by, test.url) == (
        GateStatus.PASSED,
        "github:github-actions",
        "https://github.test/1",
    )
    assert coverage.status is GateStatus.PENDING


def test_checks_complete_a_job(deployment: SimulatedDeployment) -> None:
    job = validating(deployment)
    handle(deployment, push(job.push_branch))
    handle(deployment, check("passed"))
    result = handle(deployment, cover("passed", 85))
    assert result.job
    assert result.job.status is JobStatus.COMPLETED
    assert result.job.gates[1].numbers == {"coverage": 85}


@pytest.mark.parametrize(
    ("number", "status", "details"),
    [
        (84.9, GateStatus.FAILED, "coverage is 84.9, should be at least 85"),
        (None, GateStatus.ERROR, "the report has no number coverage"),
    ],
)
def test_threshold_evaluates_the_number_of_a_check(
    deployment: SimulatedDeployment, number: float | None, status: GateStatus, details: str
) -> None:
    job = validating(deployment)
    handle(deployment, push(job.push_branch))
    handle(deployment, cover("passed", number))
    known = deployment.reload(job).gates[1]
    assert (known.status, known.details) == (status, details)


@pytest.mark.parametrize(
    "changes",
    [
        {"context": "Test"},
        {"check": "status"},
        {"provider": "gitea"},
        {"reporter": "mallory"},
    ],
)
def test_other_check_reports_nothing(deployment: SimulatedDeployment, changes: dict[str, Any]) -> None:
    job = validating(deployment)
    handle(deployment, push(job.push_branch))
    known = deployment.reload(job)
    assert handle(deployment, check("passed", **changes)).ignored
    assert deployment.reload(job) == known


@pytest.mark.parametrize(
    "changes", [{"repository": "acme/till"}, {"commit_sha": OTHER}, {"branches": ("mosaic/nobody", "main")}]
)
def test_delivery_without_a_job_is_ignored_with_reason(
    deployment: SimulatedDeployment, changes: dict[str, Any]
) -> None:
    job = started(deployment)
    assert handle(deployment, check("passed", **changes)) == WebhookResult(ignored=NO_JOB)
    assert deployment.reload(job) == job


def test_job_of_another_forge_is_not_changed(deployment: SimulatedDeployment) -> None:
    job = started(deployment, source={"kind": "gitea", "actor": "gitea:ada"})
    assert handle(deployment, push(job.push_branch)).ignored == NO_JOB


def test_job_of_another_repository_is_not_changed(deployment: SimulatedDeployment) -> None:
    job = started(deployment, repository="acme/till")
    assert handle(deployment, push(job.push_branch)).ignored == NO_JOB
    assert handle(deployment, check("passed", **on(job))).ignored == NO_JOB


def test_job_of_another_workspace_is_not_changed(deployment: SimulatedDeployment) -> None:
    job = started(deployment)
    result = deployment.webhook_handler.handle(Workspace(id="acme"), push(job.push_branch))
    assert result.ignored == NO_JOB
    assert deployment.reload(job) == job


def test_jobs_on_a_branch_of_any_name_are_found(deployment: SimulatedDeployment) -> None:
    jobs = [started(deployment, branch=branch) for branch in ("release-1.0", "release-1.0", "main")]
    own = started(deployment)
    shared = started(deployment, branch=own.push_branch)
    handle(deployment, push("release-1.0"))
    assert [deployment.reload(job).commit_sha for job in jobs] == [COMMIT, COMMIT, None]
    handle(deployment, check("passed", branches=("release-1.0",)))
    assert [gate(deployment.reload(job)) for job in jobs[:2]] == [GateStatus.PASSED] * 2
    handle(deployment, push(own.push_branch))
    assert [deployment.reload(job).commit_sha for job in (own, shared)] == [COMMIT, COMMIT]
    assert handle(deployment, push(f"mosaic/{jobs[0].id}")).ignored == NO_JOB
    assert handle(deployment, push("main", repository="acme/till")).ignored == NO_JOB


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"reporter_id": 7}, GateStatus.PASSED),
        ({"reporter_id": 7, "reporter": "codecov-renamed"}, GateStatus.PASSED),
        ({"reporter_id": 8}, GateStatus.PENDING),
        ({}, GateStatus.PENDING),
    ],
)
def test_status_by_an_account_counts_by_its_id(
    deployment: SimulatedDeployment, changes: dict[str, Any], status: GateStatus
) -> None:
    numbered = RULES[1].reporter.model_copy(update={"by": ("codecov#7",)})
    rules = (RULES[0], RULES[1].model_copy(update={"reporter": numbered}))
    deployment.access.put_workspace(WORKSPACE.model_copy(update={"gates": rules}))
    job = started(deployment)
    handle(deployment, push(job.push_branch))
    handle(deployment, cover("passed", 85, **{**on(job), **changes}))
    assert gate(deployment.reload(job), "coverage") is status


# ------------------------------------------------------------------ early, late, repeated and reordered


def test_check_sets_the_commit_where_no_push_is_required(deployment: SimulatedDeployment) -> None:
    deployment.access.put_workspace(WORKSPACE.model_copy(update={"require_push": False}))
    job = started(deployment)
    result = handle(deployment, check("passed", **on(job)))
    assert result.job
    assert (result.job.commit_sha, result.job.commit_by) == (COMMIT, "check")
    assert gate(result.job) is GateStatus.PASSED
    handle(deployment, push(job.push_branch, OTHER))
    pushed = deployment.reload(job)
    assert (pushed.commit_sha, pushed.commit_by) == (OTHER, "push")


def test_check_before_the_push_is_kept_for_it(deployment: SimulatedDeployment) -> None:
    job = started(deployment)
    result = handle(deployment, check("passed", **on(job)))
    assert result.job
    assert (result.job.commit_sha, gate(result.job)) == (None, GateStatus.PENDING)
    handle(deployment, push(job.push_branch))
    pushed = deployment.reload(job)
    assert (pushed.commit_sha, gate(pushed)) == (COMMIT, GateStatus.PASSED)


def test_green_commit_of_main_completes_no_job(deployment: SimulatedDeployment) -> None:
    """The run names a commit of main, whose checks pass."""
    job = validating(deployment, instructions=f"COMMIT={COMMIT}")
    assert job.result
    assert job.result.commit_sha == COMMIT
    for outcome in (check("passed"), cover("passed", 99)):
        handle(deployment, outcome.model_copy(update={"branches": ("main",)}))
        handle(deployment, outcome.model_copy(update={"branches": (job.push_branch,)}))
    handle(deployment, push("main"))
    waiting = deployment.reload(job)
    assert (waiting.status, waiting.commit_sha) == (JobStatus.RUNNING, None)
    assert "waiting for a push" in waiting.next.what
    deployment.run_until(lambda: deployment.reload(job).status is not JobStatus.RUNNING)
    failed = deployment.reload(job)
    assert failed.error
    assert failed.error.code == "commit_not_pushed"
    assert COMMIT in failed.error.title


def test_job_waits_for_the_push_of_the_named_commit(deployment: SimulatedDeployment) -> None:
    """The gates pass on the first push while the push of the run's last commit is on its way."""
    job = validating(deployment, instructions=f"COMMIT={OTHER}")
    handle(deployment, push(job.push_branch))
    for commit in (COMMIT, OTHER):
        handle(deployment, check("passed", commit_sha=commit, **on(job)))
        handle(deployment, cover("passed", 99, commit_sha=commit, **on(job)))
    waiting = deployment.reload(job)
    assert (waiting.status, waiting.commit_sha) == (JobStatus.RUNNING, COMMIT)
    assert waiting.due_at
    handle(deployment, push(job.push_branch, OTHER, COMMIT))
    done = deployment.reload(job)
    assert (done.status, done.commit_sha, done.commit_by) == (JobStatus.COMPLETED, OTHER, "push")


def test_check_of_the_next_commit_is_kept_for_it(deployment: SimulatedDeployment) -> None:
    job = started(deployment)
    handle(deployment, push(job.push_branch))
    result = handle(deployment, check("passed", commit_sha=OTHER, **on(job)))
    assert result.job
    assert (result.job.commit_sha, gate(result.job)) == (COMMIT, GateStatus.PENDING)
    assert handle(deployment, check("passed", commit_sha=OTHER, **on(job))).duplicate
    result = handle(deployment, push(job.push_branch, OTHER, COMMIT))
    assert result.job
    assert (result.job.commit_sha, gate(result.job)) == (OTHER, GateStatus.PASSED)


def test_new_commit_reopens_the_gates(deployment: SimulatedDeployment) -> None:
    job = validating(deployment)
    handle(deployment, push(job.push_branch))
    handle(deployment, check("passed"))
    handle(deployment, push(job.push_branch, OTHER, COMMIT))
    assert gate(deployment.reload(job)) is GateStatus.PENDING
    assert handle(deployment, cover("passed", 99)).ignored == NO_JOB
    assert OTHER in (handle(deployment, cover("passed", 99, **on(job))).ignored or "")
    assert deployment.reload(job).status is JobStatus.RUNNING


def test_repeated_delivery_changes_nothing(deployment: SimulatedDeployment) -> None:
    job = validating(deployment)
    handle(deployment, push(job.push_branch))
    assert handle(deployment, push(job.push_branch)).duplicate
    handle(deployment, check("passed"))
    known = deployment.reload(job)
    assert handle(deployment, check("passed")).duplicate
    assert deployment.reload(job) == known


def test_late_check_does_not_undo_a_newer_one(deployment: SimulatedDeployment) -> None:
    job = validating(deployment)
    handle(deployment, push(job.push_branch))
    handle(deployment, check("passed", 5))
    late: tuple[GateOutcome, ...] = ("pending", "failed", "passed")
    for status in late:
        assert "newer" in (handle(deployment, check(status, 4)).ignored or "")
    assert gate(deployment.reload(job)) is GateStatus.PASSED


def test_restarted_check_has_not_passed(deployment: SimulatedDeployment) -> None:
    job = validating(deployment)
    handle(deployment, push(job.push_branch))
    handle(deployment, check("passed", 1))
    handle(deployment, check("pending", 2))
    assert gate(deployment.reload(job)) is GateStatus.PENDING
    handle(deployment, cover("passed", 90))
    assert deployment.reload(job).status is JobStatus.RUNNING
    result = handle(deployment, check("passed", 3))
    assert result.job
    assert result.job.status is JobStatus.COMPLETED


def test_late_push_is_ignored(deployment: SimulatedDeployment) -> None:
    job = started(deployment)
    handle(deployment, push(job.push_branch, OTHER, COMMIT))
    for _ in range(2):
        handle(deployment, push(job.push_branch, COMMIT))
        assert deployment.reload(job).commit_sha == OTHER


def test_force_push_moves_the_job_to_its_commit(deployment: SimulatedDeployment) -> None:
    job = started(deployment)
    handle(deployment, push(job.push_branch))
    handle(deployment, push(job.push_branch, OTHER, COMMIT))
    handle(deployment, push(job.push_branch, COMMIT, OTHER))
    assert deployment.reload(job).commit_sha == COMMIT


@pytest.mark.parametrize("status", ["error", "skipped"])
def test_check_that_did_not_run_is_an_error(deployment: SimulatedDeployment, status: GateOutcome) -> None:
    job = validating(deployment)
    handle(deployment, push(job.push_branch))
    handle(deployment, check(status))
    assert (deployment.reload(job).status, gate(deployment.reload(job))) == (
        JobStatus.RUNNING,
        GateStatus.ERROR,
    )


def test_check_does_not_revive_a_failed_job(deployment: SimulatedDeployment) -> None:
    job = validating(deployment)
    handle(deployment, push(job.push_branch))
    handle(deployment, check("failed"))
    failed = deployment.reload(job)
    assert failed.status is JobStatus.FAILED
    assert "FAILED" in (handle(deployment, check("passed", 2)).ignored or "")
    assert handle(deployment, push(job.push_branch, OTHER, COMMIT)).duplicate
    assert deployment.reload(job) == failed


def test_checks_of_an_earlier_attempt_do_not_count(deployment: SimulatedDeployment) -> None:
    job = validating(deployment)
    handle(deployment, push(job.push_branch))
    handle(deployment, check("failed"))
    deployment.control.retry("demo", job.id, "token:eve", "SLEEP=600", role="member")
    deployment.process(job)
    deployment.pass_time(2)
    before = deployment.reload(job).started_at
    late = check("passed", 2, at=before.replace(year=2020) if before else None, **on(job))
    assert "this attempt" in (handle(deployment, late).ignored or "")
    assert handle(deployment, push(job.push_branch)).duplicate
    assert deployment.reload(job).commit_sha is None
