"""Invariants of a job under any sequence of changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mosaic.events.derive import derive
from mosaic.events.model import EventType
from mosaic.jobs import approval, attempt, attempt_history, commits, lifecycle, overrides, reports, validation
from mosaic.jobs.errors import JobProblem
from mosaic.jobs.gate_evaluation import GateReport, ReportedStatus
from mosaic.jobs.gates import PASSING, Gate
from mosaic.jobs.model import Draft, Job
from mosaic.jobs.states import Decision, GateStatus, JobStatus, Phase, StepStatus, Waiting
from mosaic.jobs.value_objects import Dispatch, GuardDecision, QualityDecision, Result, Source

GATES = ("build", "test")
COMMITS = ("a" * 40, "b" * 40)
ENDS = {
    JobStatus.COMPLETED: EventType.JOB_COMPLETED,
    JobStatus.FAILED: EventType.JOB_FAILED,
    JobStatus.CANCELLED: EventType.JOB_CANCELLED,
}


class Histories(RuleBasedStateMachine):
    """Applies every change that the job's state allows, and checks each version."""

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2026, 1, 31, tzinfo=UTC)
        draft = Draft(
            workspace_id="demo",
            type="code-task",
            profile="weaver",
            instructions="Fix it",
            max_attempts=3,
            source=Source(kind="api", actor="token:ada"),
        )
        self.job = lifecycle.create(draft, "01KGA000000000000000000000", self.now)
        self.ended: dict[int, JobStatus] = {}

    def become(self, job: Job) -> None:
        """Takes the next version and checks its events against the version before."""
        if job is self.job:
            return
        assert job.version == self.job.version + 1
        events = derive(self.job, job)
        assert events, "every version says something"
        assert derive(self.job, job) == events, "deriving again gives the same events"
        assert [event.index for event in events] == list(range(len(events)))
        types = {event.type for event in events}
        if job.status is not self.job.status and job.status in ENDS:
            assert events[-1].type is ENDS[job.status]
        assert types.isdisjoint(ENDS.values()) or job.status in ENDS
        if self.job.status is JobStatus.COMPLETED:
            assert job.status is JobStatus.COMPLETED
        assert Job.model_validate_json(job.model_dump_json(by_alias=True, exclude_none=True)) == job
        self.job = job

    @rule(seconds=st.integers(0, 4000))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: self.job.status is JobStatus.QUEUED)
    @rule(gates=st.sets(st.sampled_from(GATES)))
    def begin(self, gates: set[str]) -> None:
        quality = QualityDecision(gates=tuple(sorted(gates)), timeout_seconds=3600)
        guard = GuardDecision(decision=Decision.ALLOW, tools=("read",), policy_set="sha256:0")
        dispatch = self.job.dispatch or Dispatch(
            key=f"mosaic:{self.job.id}:{self.job.attempt}",
            agent="weaver",
            tools=("read",),
            at=self.now,
            deadline=self.now + timedelta(seconds=1800),
            message_version=1,
        )
        open_gates = tuple(Gate(id=gate) for gate in quality.gates)
        self.become(attempt.begin(self.job, guard, quality, open_gates, dispatch, self.now, "stitcher"))

    @precondition(lambda self: self.job.status is JobStatus.QUEUED)
    @rule(decision=st.sampled_from([Decision.DENY, Decision.APPROVAL_REQUIRED]))
    def hold_back(self, decision: Decision) -> None:
        guard = GuardDecision(decision=decision, refused=("git:push",), policy_set="sha256:0")
        if decision is Decision.DENY:
            self.become(lifecycle.deny(self.job, guard, self.now, "stitcher"))
        else:
            self.become(
                approval.request_approval(self.job, guard, timedelta(minutes=30), self.now, "stitcher")
            )

    @precondition(lambda self: self.job.waiting is Waiting.APPROVAL)
    @rule(approved=st.booleans(), actor=st.sampled_from(["token:ada", "token:bob"]))
    def answer(self, approved: bool, actor: str) -> None:
        answer = approval.Answer(approved=approved, actor=actor, reason="because")
        overdue = self.job.expires_at and self.now >= self.job.expires_at
        own = approved and actor in self.job.requesters
        try:
            self.become(approval.answer(self.job, answer, self.now, excluded_approvers=self.job.requesters))
            assert not overdue
            assert not own
        except JobProblem:
            assert overdue or own

    @precondition(lambda self: self.job.waiting is Waiting.APPROVAL)
    @rule()
    def wait_in_vain(self) -> None:
        self.become(approval.expire(self.job, self.now, "stitcher"))

    @precondition(lambda self: attempt.awaits_acceptance(self.job))
    @rule(known=st.booleans())
    def accept(self, known: bool) -> None:
        self.become(attempt.accepted(self.job, f"run-{self.job.attempt}", known, self.now, "stitcher"))

    @precondition(lambda self: attempt.awaits_acceptance(self.job))
    @rule(most=st.integers(1, 4))
    def lose_the_gateway(self, most: int) -> None:
        self.become(attempt.unreachable(self.job, "away", most, self.now, "stitcher"))

    @precondition(lambda self: attempt.awaits_acceptance(self.job))
    @rule()
    def order_again(self) -> None:
        self.become(attempt.rescheduled(self.job, self.now, self.now, "stitcher"))

    @precondition(lambda self: self.job.phase in (Phase.SETUP, Phase.EXECUTION))
    @rule(ok=st.booleans())
    def end_run(self, ok: bool) -> None:
        result, key = Result(summary="done"), f"run-{self.job.attempt}"
        if ok:
            self.become(attempt.succeeded(self.job, key, result, self.now, "openclaw"))
        else:
            self.become(attempt.failed(self.job, key, result, "broken", self.now, "openclaw"))

    @precondition(lambda self: self.job.phase is Phase.EXECUTION)
    @rule(stop=st.sampled_from([StepStatus.COMPLETED, StepStatus.FAILED]))
    def outlive_the_deadline(self, stop: StepStatus) -> None:
        self.become(attempt.timed_out(self.job, stop, "what became of the stop", self.now, "stitcher"))

    @rule(
        gate=st.sampled_from(GATES),
        status=st.sampled_from(get_args(ReportedStatus)),
        sha=st.sampled_from(COMMITS),
    )
    def report(self, gate: str, status: ReportedStatus, sha: str) -> None:
        report = GateReport(gate_id=gate, status=status, commit_sha=sha)
        try:
            self.become(validation.apply_report(self.job, report, self.now, "token:ci"))
        except JobProblem:
            takes = self.job.commit_sha in (None, sha) and not commits.is_superseded(self.job, sha)
            known = gate in {known.id for known in self.job.gates}
            assert not (self.job.status is JobStatus.RUNNING and known and takes)

    @rule(gate=st.sampled_from(GATES), reason=st.sampled_from(["broken CI", "by hand"]))
    def force(self, gate: str, reason: str) -> None:
        request = overrides.OverrideRequest(gate_id=gate, reason=reason)
        try:
            self.become(overrides.force(self.job, request, self.now, "token:root"))
        except JobProblem:
            failed_by_gates = self.job.error and self.job.error.code in overrides.OVERRIDABLE
            known = gate in {known.id for known in self.job.gates}
            assert not known or not (self.job.status is JobStatus.RUNNING or failed_by_gates)

    @rule(
        before=st.sampled_from(["0" * 40, *COMMITS]),
        after=st.sampled_from(COMMITS),
        at=st.none() | st.datetimes(timezones=st.just(UTC)),
    )
    def push(self, before: str, after: str, at: datetime | None) -> None:
        self.become(validation.pushed(self.job, before, after, at, self.now, "github"))

    @precondition(lambda self: self.job.status is JobStatus.RUNNING)
    @rule(percent=st.integers(0, 100), step=st.sampled_from(["lint", "test it"]), ends=st.booleans())
    def report_progress(self, percent: int, step: str, ends: bool) -> None:
        of_step = (
            reports.StepFinished(kind="step_finished", name=step)
            if ends
            else reports.StepStarted(kind="step_started", name=step)
        )
        batch = (reports.Progress(kind="progress", percent=percent), of_step)
        self.become(reports.apply_batch(self.job, self.job.attempt, None, batch, self.now, "run:1"))

    @precondition(lambda self: self.job.phase is Phase.VALIDATION)
    @rule()
    def run_out_of_time(self) -> None:
        self.become(validation.expire(self.job, self.now, "stitcher"))

    @precondition(lambda self: self.job.status in lifecycle.CANCELLABLE | {JobStatus.CANCELLED})
    @rule()
    def cancel(self) -> None:
        self.become(lifecycle.cancel(self.job, self.now, "token:bob"))

    @precondition(lambda self: self.job.status in lifecycle.RETRYABLE)
    @precondition(lambda self: self.job.attempt < lifecycle.MAX_ATTEMPTS)
    @rule()
    def retry(self) -> None:
        self.become(lifecycle.retry(self.job, self.now, "token:bob", role="member"))

    @invariant()
    def completed_means_proven(self) -> None:
        if self.job.status is JobStatus.COMPLETED:
            assert all(gate.status in PASSING for gate in self.job.gates if gate.mandatory)
            shas = {gate.commit_sha for gate in self.job.gates if gate.status is GateStatus.PASSED}
            assert shas <= {self.job.commit_sha}

    @invariant()
    def what_is_not_over_is_due(self) -> None:
        assert self.job.status in lifecycle.ENDED or self.job.due_at is not None

    @invariant()
    def nothing_runs_in_an_ended_job(self) -> None:
        if self.job.status in lifecycle.ENDED:
            assert all(step.status is not StepStatus.RUNNING for step in self.job.steps)
            assert (self.job.phase, self.job.waiting, self.job.expires_at) == (None, None, None)

    @invariant()
    def every_attempt_is_kept(self) -> None:
        attempts = attempt_history.attempts(self.job)
        assert [attempt.attempt for attempt in attempts] == list(range(1, self.job.attempt + 1))
        assert all(attempt.status in lifecycle.RETRYABLE for attempt in attempts[:-1])
        assert (self.job.cancelled is not None) is (self.job.status is JobStatus.CANCELLED)

    @invariant()
    def something_is_next(self) -> None:
        assert self.job.next.what

    @invariant()
    def steps_are_counted(self) -> None:
        assert [step.ordinal for step in self.job.steps] == list(range(1, len(self.job.steps) + 1))

    @invariant()
    def no_accepted_run_is_forgotten(self) -> None:
        keys = {handle.key for handle in self.job.run_handles}
        dispatched = {
            f"mosaic:{self.job.id}:{step.attempt}" for step in self.job.steps if step.name == "dispatch"
        }
        assert dispatched <= keys


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
