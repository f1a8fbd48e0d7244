"""Invariants of validation: under any reports, pushes, retries and overrides, COMPLETED needs passed gates.

The test keeps its own count of the accepted reports.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mosaic.jobs import attempt, commits, lifecycle, overrides, validation
from mosaic.jobs.check_versions import CheckVersion
from mosaic.jobs.errors import JobProblem
from mosaic.jobs.gate_evaluation import CheckReport, GateReport, ReportedStatus
from mosaic.jobs.gates import Gate, Reporter, Threshold
from mosaic.jobs.model import Draft, Job
from mosaic.jobs.states import Decision, GateStatus, JobStatus, Phase
from mosaic.jobs.value_objects import Dispatch, GuardDecision, QualityDecision, Result, Source

START = datetime(2026, 1, 31, tzinfo=UTC)
COMMITS = tuple(digit * 40 for digit in "abcd")
ZEROS = "0" * 40
CHECK = Reporter(kind="check_run", provider="github", context="cover", by=("ci",))
GATES = (
    Gate(id="test", timeout_seconds=600),
    Gate(id="cover", reporter=CHECK, passes_when=(Threshold(number="cover", at_least=85),)),
    Gate(id="style", mandatory=False),
)
TOKEN_GATES = st.sampled_from(["test", "style", "nonsense"])
TOKEN_STATUSES: tuple[ReportedStatus, ...] = (GateStatus.PASSED, GateStatus.FAILED, GateStatus.ERROR)
CHECK_STATUSES: tuple[ReportedStatus, ...] = (*TOKEN_STATUSES, GateStatus.PENDING)
# None stands for the job's current commit, which most reports name.
WHERE = st.none() | st.none() | st.sampled_from(COMMITS)

GateKey = tuple[int, str | None, str]
"""Attempt, commit and gate."""


class ValidationMachine(RuleBasedStateMachine):
    """One job with commits a-b-c-d pushed on top of each other, and every kind of report on it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.reports: dict[GateKey, tuple[int, bool]] = {}
        self.overridden: set[GateKey] = set()
        self.pushes: set[tuple[int, int]] = set()
        self.pushed_commits: set[str] = set()
        self.named: str | None = None

    @initialize(timed=st.booleans(), requires_push=st.booleans())
    def begin_history(self, timed: bool, requires_push: bool) -> None:
        self.timed, self.requires_push = timed, requires_push
        source = Source(kind="api", actor="token:ada")
        draft = Draft(
            workspace_id="demo",
            type="code-task",
            profile="weaver",
            instructions="Fix it",
            repository="acme/shop",
            source=source,
        )
        self.job = lifecycle.create(draft, "01KGA000000000000000000000", self.now)
        self.begin_run()

    def attempt(self, step: Callable[[], Job]) -> bool:
        """True if the step succeeds and changes the job as expected."""
        try:
            self.job = step()
        except JobProblem:
            return False
        return True

    def commit_of(self, commit: str | None) -> str:
        """Returns the commit that a report is about."""
        return commit or self.job.commit_sha or COMMITS[0]

    @rule(seconds=st.integers(1, 500))
    def pass_time(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: self.job.status is JobStatus.QUEUED)
    @rule()
    def begin_queued_run(self) -> None:
        self.begin_run()

    def begin_run(self) -> None:
        dispatch = Dispatch(
            key=f"mosaic:{self.job.id}:{self.job.attempt}",
            agent="weaver",
            tools=("read",),
            at=self.now,
            deadline=self.now + timedelta(seconds=1800),
            message_version=1,
        )
        guard = GuardDecision(decision=Decision.ALLOW, tools=("read",), policy_set="sha256:0")
        quality = QualityDecision(
            gates=tuple(gate.id for gate in GATES), timeout_seconds=300, require_push=self.requires_push
        )
        begun = attempt.begin(self.job, guard, quality, GATES, dispatch, self.now, "stitcher")
        self.job = attempt.accepted(begun, f"run-{self.job.attempt}", False, self.now, "stitcher")

    @precondition(lambda self: self.job.phase is Phase.EXECUTION)
    @rule(named=st.none() | st.sampled_from(COMMITS))
    def end_run(self, named: str | None) -> None:
        bound = commits.produced(self.job, named, self.now) if named else self.job
        key, result = f"run-{self.job.attempt}", Result(summary="done", commit_sha=named)
        self.named = named
        self.job = attempt.succeeded(bound, key, result, self.now, "openclaw")

    @rule(gate=TOKEN_GATES, status=st.sampled_from(TOKEN_STATUSES), commit=WHERE, moves=st.booleans())
    def report_by_token(self, gate: str, status: ReportedStatus, commit: str | None, moves: bool) -> None:
        sha = self.commit_of(commit)
        replaces = self.job.commit_sha if moves else None
        report = GateReport(gate_id=gate, status=status, commit_sha=sha, replaces=replaces)
        running = self.job.status is JobStatus.RUNNING
        if self.attempt(lambda: validation.apply_report(self.job, report, self.now, "token:ci")) and running:
            self.reports[self.job.attempt, sha, gate] = (0, status is GateStatus.PASSED)

    @rule(number=st.sampled_from([84.9, 85.0]))
    def report_check_gate_by_token(self, number: float) -> None:
        report = GateReport(
            gate_id="cover", status=GateStatus.PASSED, commit_sha=COMMITS[0], numbers={"cover": number}
        )
        assert not self.attempt(lambda: validation.apply_report(self.job, report, self.now, "token:root"))

    @rule(
        order=st.integers(1, 6),
        status=st.sampled_from(CHECK_STATUSES),
        commit=WHERE,
        number=st.sampled_from([85.0, 84.9, None]),
    )
    def report_by_forge(
        self, order: int, status: ReportedStatus, commit: str | None, number: float | None
    ) -> None:
        sha = self.commit_of(commit)
        report = CheckReport(
            check=CHECK,
            status=status,
            commit_sha=sha,
            version=CheckVersion(id=order),
            at=self.now,
            numbers={} if number is None else {"cover": number},
        )
        key = (self.job.attempt, sha, "cover")
        good = status is GateStatus.PASSED and number == 85
        if self.attempt(lambda: validation.apply_check(self.job, "cover", report, self.now, "github:ci")):
            self.reports[key] = max(
                self.reports.get(key, (0, False)), (order, good), key=lambda result: result[0]
            )
            if self.reports[key][0] == order:
                self.reports[key] = (order, good)

    @rule(step=st.integers(0, len(COMMITS) - 1))
    def push(self, step: int) -> None:
        before = COMMITS[step - 1] if step else ZEROS
        at = START - timedelta(days=1) + timedelta(minutes=step) if self.timed else None
        if self.job.status is JobStatus.RUNNING:
            self.pushed_commits.add(COMMITS[step])
        if self.job.status is JobStatus.RUNNING and step:
            self.pushes.add((self.job.attempt, step - 1))
        self.job = validation.pushed(self.job, before, COMMITS[step], at, self.now, "github")

    @rule(gate=st.sampled_from([gate.id for gate in GATES]))
    def override_gate(self, gate: str) -> None:
        request = overrides.OverrideRequest(gate_id=gate, reason="the CI is down")
        if self.attempt(lambda: overrides.force(self.job, request, self.now, "token:root")):
            self.overridden.add((self.job.attempt, self.job.commit_sha, gate))

    @precondition(lambda self: self.job.due_at is not None and self.job.phase is Phase.VALIDATION)
    @rule()
    def expire(self) -> None:
        self.now = max(self.now, self.job.due_at or self.now)
        self.job = validation.expire(self.job, self.now, "stitcher")

    @precondition(lambda self: self.job.status is JobStatus.FAILED and self.job.attempt < 4)
    @rule()
    def retry(self) -> None:
        self.job = lifecycle.retry(self.job, self.now, "token:bob", role="member")

    def bind_early_overrides(self) -> None:
        if self.job.commit_sha is not None:
            early = {key for key in self.overridden if key[:2] == (self.job.attempt, None)}
            self.overridden -= early
            self.overridden |= {(attempt, self.job.commit_sha, gate) for attempt, _, gate in early}

    @invariant()
    def completed_job_has_passed_gates(self) -> None:
        self.bind_early_overrides()
        if self.job.status is not JobStatus.COMPLETED:
            return
        for gate in ("test", "cover"):
            key = (self.job.attempt, self.job.commit_sha, gate)
            passed = self.reports.get(key, (0, False))[1]
            assert passed or key in self.overridden, f"{gate} is not proven"

    @invariant()
    def completed_commit_is_the_newest(self) -> None:
        if self.job.commit_sha is not None and self.job.status is JobStatus.COMPLETED:
            position = COMMITS.index(self.job.commit_sha)
            assert (self.job.attempt, position) not in self.pushes

    @invariant()
    def completed_commit_was_pushed(self) -> None:
        if self.job.status is not JobStatus.COMPLETED or not self.requires_push:
            return
        keys = {(self.job.attempt, self.job.commit_sha, gate) for gate in ("test", "cover")}
        if not keys <= self.overridden:
            assert self.job.commit_sha in self.pushed_commits
            named_before = {(self.job.attempt, COMMITS.index(self.named))} if self.named else set()
            assert self.named is None or self.named in self.pushed_commits or named_before <= self.pushes

    @invariant()
    def overrides_are_recorded(self) -> None:
        recorded = {(override.attempt, override.gate) for override in self.job.overrides}
        assert (
            len(self.overridden) > 20 or {(attempt, gate) for attempt, _, gate in self.overridden} <= recorded
        )


TestValidation = ValidationMachine.TestCase
TestValidation.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)
