"""Gates that Mosaic reports itself: no push changes the files that define a CI."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic.jobs import validation
from mosaic.jobs.errors import WrongReporter
from mosaic.jobs.gate_evaluation import GateReport
from mosaic.jobs.gates import Gate, Reporter
from mosaic.jobs.model import Job
from mosaic.jobs.overrides import OverrideRequest, force
from mosaic.jobs.protected_files import DEFAULT_PATHS, MAX_PUSHES, PushedFiles, is_protected
from mosaic.jobs.states import GateStatus, JobStatus, Phase
from tests.fakes import samples
from tests.fakes.clock import NOON

ZERO, A, B, C = ("0" * 40, "a" * 40, "b" * 40, "c" * 40)
WORKFLOW = ".github/workflows/ci.yml"
GATE = Gate(id="workflow-unchanged", reporter=Reporter(kind="mosaic"), timeout_seconds=3600)
CLEAN, TOUCHED = PushedFiles(paths=("src/lamp.py",)), PushedFiles(paths=("src/lamp.py", WORKFLOW))
UNKNOWN = PushedFiles(unknown="it replaced commits")

Push = tuple[str, str, PushedFiles]


@pytest.fixture
def job(validating: Callable[..., Job]) -> Job:
    """A job in VALIDATION with this gate and one that stays open."""
    job = validating("test")
    return job.evolve(gates=(GATE, Gate(id="test", timeout_seconds=3600)), branch=f"mosaic/{job.id}")


def after(job: Job, pushes: list[Push]) -> Job:
    for before, sha, files in pushes:
        job = validation.pushed(job, before, sha, None, NOON, "github:ada", files)
    return job


def status(job: Job) -> GateStatus:
    return job.gates[0].status


@pytest.mark.parametrize(
    ("pushes", "expected", "details"),
    [
        ([(ZERO, A, CLEAN)], GateStatus.PASSED, None),
        ([(ZERO, A, CLEAN), (A, B, CLEAN)], GateStatus.PASSED, None),
        ([(ZERO, A, TOUCHED)], GateStatus.FAILED, f"changes {WORKFLOW}"),
        ([(ZERO, A, CLEAN), (A, B, TOUCHED)], GateStatus.FAILED, "the push of bbbbbbbbbbbb changes"),
        ([(ZERO, A, TOUCHED), (A, B, CLEAN)], GateStatus.FAILED, "the push of aaaaaaaaaaaa changes"),
        (
            [(ZERO, A, UNKNOWN)],
            GateStatus.FAILED,
            "the files of the push of aaaaaaaaaaaa are unknown: it replaced commits",
        ),
        ([(ZERO, A, CLEAN), (A, B, UNKNOWN)], GateStatus.FAILED, "are unknown"),
        ([(A, B, CLEAN), (ZERO, A, CLEAN)], GateStatus.PASSED, None),
        ([(A, B, CLEAN), (ZERO, A, TOUCHED)], GateStatus.FAILED, "changes"),
        ([(A, B, CLEAN)], GateStatus.PENDING, None),
        ([(ZERO, A, CLEAN), (B, C, CLEAN)], GateStatus.PENDING, None),
        ([(ZERO, A, CLEAN), (ZERO, B, CLEAN)], GateStatus.FAILED, "it was made anew"),
    ],
)
def test_pushes_decide_the_gate(
    job: Job, pushes: list[Push], expected: GateStatus, details: str | None
) -> None:
    result = after(job, pushes)
    assert status(result) is expected
    if expected is not GateStatus.PENDING:
        assert result.gates[0].reported_by == "mosaic"
        assert (details or "") in (result.gates[0].details or "")
    assert (result.status is JobStatus.FAILED) is (expected is GateStatus.FAILED)


def test_repeated_push_changes_nothing(job: Job) -> None:
    once = after(job, [(ZERO, A, CLEAN)])
    assert after(once, [(ZERO, A, CLEAN)]) is once


def test_gate_is_open_without_a_push(job: Job) -> None:
    assert status(job) is GateStatus.PENDING


def test_override_holds_for_its_commit(job: Job, now: datetime) -> None:
    failed = after(job, [(ZERO, A, TOUCHED)])
    forced = force(failed, OverrideRequest(gate_id=GATE.id, reason="reviewed"), now, "token:eve")
    assert (forced.status, status(forced)) == (JobStatus.RUNNING, GateStatus.FORCED)
    assert status(after(forced, [(A, B, CLEAN)])) is GateStatus.FAILED


def test_no_token_reports_the_gate(job: Job, now: datetime) -> None:
    bound = after(job, [(ZERO, A, CLEAN)])
    for kind in ("token", "oidc"):
        reporter = Reporter.model_validate({"kind": kind, "by": ("w",)})
        report = GateReport(gate_id=GATE.id, status=GateStatus.PASSED, commit_sha=A, reporter=reporter)
        with pytest.raises(WrongReporter, match="takes reports from Mosaic only"):
            validation.apply_report(bound, report, now, "token:ci")


def test_branch_of_the_request_may_be_older_than_the_job(job: Job) -> None:
    named = job.evolve(branch="release-1.0")
    assert status(after(named, [(A, B, CLEAN)])) is GateStatus.PASSED
    assert status(after(named, [(A, B, CLEAN), (B, C, TOUCHED)])) is GateStatus.FAILED


def test_files_of_too_many_pushes_are_unknown(job: Job) -> None:
    shas = [ZERO, *(f"{number:040x}" for number in range(1, MAX_PUSHES + 2))]
    pushes = [(before, sha, CLEAN) for before, sha in pairwise(shas)]
    assert status(after(job, pushes[:-1])) is GateStatus.PASSED
    result = after(job, pushes)
    assert status(result) is GateStatus.FAILED
    assert "more than 30 pushes" in (result.gates[0].details or "")


def test_own_paths_replace_the_default(job: Job) -> None:
    reporter = Reporter(kind="mosaic", paths=("ci/**", "Makefile"))
    own = job.evolve(gates=(GATE.model_copy(update={"reporter": reporter}), job.gates[1]))
    assert status(after(own, [(ZERO, A, TOUCHED)])) is GateStatus.PASSED
    assert status(after(own, [(ZERO, A, PushedFiles(paths=("ci/run.sh",)))])) is GateStatus.FAILED


def test_each_gate_sees_its_own_files(job: Job) -> None:
    other = Gate(id="make", reporter=Reporter(kind="mosaic", paths=("Makefile",)))
    both = job.evolve(gates=(GATE, other, job.gates[1]))
    paths = tuple(f".github/workflows/{number}.yml" for number in range(20))
    gates = after(both, [(ZERO, A, PushedFiles(paths=(*paths, "Makefile")))]).gates
    assert [gate.status for gate in gates[:2]] == [GateStatus.FAILED, GateStatus.FAILED]
    assert "Makefile" in (gates[1].details or "")


def test_pushes_of_jobs_without_the_gate_are_not_kept(validating: Callable[..., Job]) -> None:
    assert after(validating("test"), [(ZERO, A, TOUCHED)]).push_records == ()


@pytest.mark.parametrize(
    ("path", "protected"),
    [
        (WORKFLOW, True),
        (".github/workflows/deep/er.yml", True),
        (".github/actions/build/action.yml", True),
        (".gitea/workflows/a.yaml", True),
        (".forgejo/workflows/a.yaml", True),
        (".gitlab-ci.yml", True),
        (".woodpecker/test.yaml", True),
        (".woodpecker.yml", True),
        (".woodpecker.yaml", True),
        (".drone.yml", True),
        (".circleci/config.yml", True),
        ("Jenkinsfile", True),
        ("azure-pipelines.yml", True),
        ("docs/Jenkinsfile", False),
        (".github/workflows.md", False),
        (".github/CODEOWNERS", False),
        ("docs/.github/workflows/a.yml", False),
        ("src/.gitlab-ci.yml", False),
        ("x", False),
    ],
)
def test_default_paths_cover_workflows(path: str, protected: bool) -> None:
    assert is_protected(path, DEFAULT_PATHS) is protected


FILES = st.sampled_from([CLEAN, TOUCHED, UNKNOWN, PushedFiles(paths=("a",))])


def made(files: list[PushedFiles]) -> list[Push]:
    shas = [ZERO, *(f"{number:040x}" for number in range(1, len(files) + 1))]
    return [(shas[place], shas[place + 1], known) for place, known in enumerate(files)]


@given(st.lists(FILES, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_result_does_not_depend_on_the_order_of_deliveries(files: list[PushedFiles], random: Any) -> None:
    began = {"status": JobStatus.RUNNING, "phase": Phase.EXECUTION, "started_at": NOON}
    job = samples.job(repository="acme/shop").evolve(gates=(GATE,), **began)
    pushes = made(files)
    mixed = random.sample(pushes, len(pushes))
    in_order, other = after(job, pushes), after(job, [*mixed, *mixed])
    bad = any(known.unknown or WORKFLOW in known.paths for known in files)
    assert status(in_order) is (GateStatus.FAILED if bad else GateStatus.PASSED)
    if other.commit_sha == in_order.commit_sha or bad:
        assert status(other) is status(in_order)
