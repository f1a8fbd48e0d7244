"""Whatever is reported, pushed, retried and forced, in whatever order: COMPLETED is proven on the commit judged.

What proves is counted here once more, from what was accepted, without looking at how the job counts it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mosaic.jobs import attempt, commits, lifecycle, overrides, validation
from mosaic.jobs.errors import JobProblem
from mosaic.jobs.gate_evaluation import CheckReport, GateReport, ReportedStatus
from mosaic.jobs.gates import Gate, Reporter, Threshold
from mosaic.jobs.model import Draft, Job
from mosaic.jobs.states import Decision, GateStatus, JobStatus, Phase
from mosaic.jobs.value_objects import Dispatch, GuardDecision, QualityDecision, Result, Source

START = datetime(2026, 1, 31, tzinfo=UTC)
COMMITS = tuple(letter * 40 for letter in "abcd")
NOTHING = "0" * 40
CHECK = Reporter(kind="check_run", provider="github", context="cover")
GATES = (
    Gate(id="test", timeout_seconds=600),
    Gate(id="cover", reporter=CHECK, passes_when=(Threshold(number="cover", at_least=85),)),
    Gate(id="style", mandatory=False),
)
TOKEN_GATES = st.sampled_from(["test", "style", "nonsense"])
FOUND: tuple[ReportedStatus, ...] = (GateStatus.PASSED, GateStatus.FAILED, GateStatus.ERROR)
SEEN: tuple[ReportedStatus, ...] = (*FOUND, GateStatus.PENDING)
# None is the commit that the job is judged by, which most reports are about.
WHERE = st.none() | st.none() | st.sampled_from(COMMITS)

Place = tuple[int, str | None, str]
"""Attempt, commit and gate."""


class Proofs(RuleBasedStateMachine):
    """One job whose commits a-b-c-d are pushed upon each other, and everybody who may say something of it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.words: dict[Place, tuple[int, bool]] = {}
        self.forced: set[Place] = set()
        self.pushes: set[tuple[int, int]] = set()

    @initialize(timed=st.booleans())
    def begin_history(self, timed: bool) -> None:
        self.timed = timed
        source = Source(kind="api", actor="token:ada")
        draft = Draft(
            workspace_id="demo", type="code-task", profile="weaver", instructions="Fix it", source=source
        )
        self.job = lifecycle.create(draft, "01KGA000000000000000000000", self.now)
        self.run_begins()

    def attempt(self, step: Callable[[], Job]) -> bool:
        """Whether the job, or what it has taken before, is as `step` wants it."""
        try:
            self.job = step()
        except JobProblem:
            return False
        return True

    def where(self, commit: str | None) -> str:
        """The commit that a report is about."""
        return commit or self.job.commit_sha or COMMITS[0]

    @rule(seconds=st.integers(1, 500))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: self.job.status is JobStatus.QUEUED)
    @rule()
    def queued_run_begins(self) -> None:
        self.run_begins()

    def run_begins(self) -> None:
        order = Dispatch(
            key=f"mosaic:{self.job.id}:{self.job.attempt}",
            agent="weaver",
            tools=("read",),
            at=self.now,
            deadline=self.now + timedelta(seconds=1800),
            message_version=1,
        )
        guard = GuardDecision(decision=Decision.ALLOW, tools=("read",), policy_set="sha256:0")
        asked = QualityDecision(gates=tuple(gate.id for gate in GATES), timeout_seconds=300)
        begun = attempt.begin(self.job, guard, asked, GATES, order, self.now, "stitcher")
        self.job = attempt.accepted(begun, f"run-{self.job.attempt}", False, self.now, "stitcher")

    @precondition(lambda self: self.job.phase is Phase.EXECUTION)
    @rule(named=st.none() | st.sampled_from(COMMITS))
    def run_ends(self, named: str | None) -> None:
        judged = commits.produced(self.job, named, self.now) if named else self.job
        key = f"run-{self.job.attempt}"
        self.job = attempt.succeeded(judged, key, Result(summary="done"), self.now, "openclaw")

    @rule(gate=TOKEN_GATES, status=st.sampled_from(FOUND), commit=WHERE, moves=st.booleans())
    def token_reports(self, gate: str, status: ReportedStatus, commit: str | None, moves: bool) -> None:
        sha = self.where(commit)
        replaces = self.job.commit_sha if moves else None
        said = GateReport(gate_id=gate, status=status, commit_sha=sha, replaces=replaces)
        running = self.job.status is JobStatus.RUNNING
        if self.attempt(lambda: validation.apply_report(self.job, said, self.now, "token:ci")) and running:
            self.words[self.job.attempt, sha, gate] = (0, status is GateStatus.PASSED)

    @rule(number=st.sampled_from([84.9, 85.0]))
    def token_reports_the_gate_of_a_check(self, number: float) -> None:
        said = GateReport(
            gate_id="cover", status=GateStatus.PASSED, commit_sha=COMMITS[0], numbers={"cover": number}
        )
        assert not self.attempt(lambda: validation.apply_report(self.job, said, self.now, "token:root"))

    @rule(
        order=st.integers(1, 6),
        status=st.sampled_from(SEEN),
        commit=WHERE,
        number=st.sampled_from([85.0, 84.9, None]),
    )
    def forge_reports(
        self, order: int, status: ReportedStatus, commit: str | None, number: float | None
    ) -> None:
        sha = self.where(commit)
        said = CheckReport(
            check=CHECK,
            status=status,
            commit_sha=sha,
            order=f"{order:020d}",
            at=self.now,
            numbers={} if number is None else {"cover": number},
        )
        place = (self.job.attempt, sha, "cover")
        good = status is GateStatus.PASSED and number == 85
        if self.attempt(lambda: validation.apply_check(self.job, "cover", said, self.now, "github:ci")):
            self.words[place] = max(
                self.words.get(place, (0, False)), (order, good), key=lambda word: word[0]
            )
            if self.words[place][0] == order:
                self.words[place] = (order, good)

    @rule(step=st.integers(0, len(COMMITS) - 1))
    def push_arrives(self, step: int) -> None:
        before = COMMITS[step - 1] if step else NOTHING
        at = START - timedelta(days=1) + timedelta(minutes=step) if self.timed else None
        if self.job.status is JobStatus.RUNNING and step:
            self.pushes.add((self.job.attempt, step - 1))
        self.job = validation.pushed(self.job, before, COMMITS[step], at, self.now, "github")

    @rule(gate=st.sampled_from([gate.id for gate in GATES]))
    def admin_forces(self, gate: str) -> None:
        asked = overrides.OverrideRequest(gate_id=gate, reason="the CI is down")
        if self.attempt(lambda: overrides.force(self.job, asked, self.now, "token:root")):
            self.forced.add((self.job.attempt, self.job.commit_sha, gate))

    @precondition(lambda self: self.job.due_at is not None and self.job.phase is Phase.VALIDATION)
    @rule()
    def time_is_up(self) -> None:
        self.now = max(self.now, self.job.due_at or self.now)
        self.job = validation.expire(self.job, self.now, "stitcher")

    @precondition(lambda self: self.job.status is JobStatus.FAILED and self.job.attempt < 4)
    @rule()
    def retry(self) -> None:
        self.job = lifecycle.retry(self.job, self.now, "token:bob")

    def what_was_forced_before_any_commit_holds_on_the_first(self) -> None:
        if self.job.commit_sha is not None:
            early = {place for place in self.forced if place[:2] == (self.job.attempt, None)}
            self.forced -= early
            self.forced |= {(attempt, self.job.commit_sha, gate) for attempt, _, gate in early}

    @invariant()
    def completed_is_proven(self) -> None:
        self.what_was_forced_before_any_commit_holds_on_the_first()
        if self.job.status is not JobStatus.COMPLETED:
            return
        for gate in ("test", "cover"):
            place = (self.job.attempt, self.job.commit_sha, gate)
            passed = self.words.get(place, (0, False))[1]
            assert passed or place in self.forced, f"{gate} is not proven"

    @invariant()
    def nothing_newer_was_pushed_upon_the_commit_judged(self) -> None:
        if self.job.commit_sha is not None and self.job.status is JobStatus.COMPLETED:
            place = COMMITS.index(self.job.commit_sha)
            assert (self.job.attempt, place) not in self.pushes

    @invariant()
    def a_force_is_on_record(self) -> None:
        told = {(one.attempt, one.gate) for one in self.job.overrides}
        assert len(self.forced) > 20 or {(attempt, gate) for attempt, _, gate in self.forced} <= told


TestProofs = Proofs.TestCase
TestProofs.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)
