"""Mutants of gates that a forge reports."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mosaic.forge import github
from mosaic.jobs import commits, validation
from mosaic.jobs.check_versions import CheckVersion
from mosaic.jobs.gate_evaluation import CheckReport, reported
from mosaic.jobs.gates import Gate, Reporter
from mosaic.jobs.model import Job
from tests.fakes.storage.jobs import FakeJobs
from tests.simulation.mutants.registry import Patch, mutant

NEVER = datetime.min.replace(tzinfo=UTC)


@mutant
def checks_of_any_commit_count() -> tuple[Patch, ...]:
    """A check of another commit counts for the job's commit."""
    real = validation.apply_check

    def apply_check(job: Job, gate_id: str, check_report: CheckReport, *rest: Any) -> Job:
        sha = job.commit_sha or check_report.commit_sha
        return real(job, gate_id, check_report.model_copy(update={"commit_sha": sha}), *rest)

    return ((validation, "apply_check", apply_check),)


@mutant
def checks_count_in_order_of_arrival() -> tuple[Patch, ...]:
    """The result of a check that was delivered last counts, even if it is older."""

    def evaluate_check(gate: Gate, check_report: CheckReport, actor: str) -> Gate:
        return reported(gate, check_report.of(gate), actor, check_report.version)

    return ((validation, "_evaluate_check", evaluate_check),)


@mutant
def checks_of_any_user_count() -> tuple[Patch, ...]:
    """A check counts whichever user reported it."""

    def accepts(self: Reporter, check: Reporter) -> bool:
        return (check.kind, check.provider, check.context) == (self.kind, self.provider, self.context)

    return ((Reporter, "accepts", accepts),)


@mutant
def gates_stay_passed_after_a_push() -> tuple[Patch, ...]:
    """A gate that passed on one commit stays passed on the next."""

    def keep_status(gate: Gate, sha: str) -> Gate:
        return gate.model_copy(update={"commit_sha": sha})

    return ((commits, "_reset", keep_status),)


@mutant
def late_push_binds_an_old_commit() -> tuple[Patch, ...]:
    """The push that was delivered last determines the commit, even if it is older."""

    def pushed(job: Job, _before: str, after: str, _at: Any) -> Job:
        return commits.with_commit(commits._with_push(job, after), after, "push")

    return ((commits, "pushed", pushed),)


@mutant
def check_names_the_commit() -> tuple[Patch, ...]:
    """A report names the commit of a job whose workspace requires a push."""
    return ((commits, "may_name", lambda _job, _sha: True),)


@mutant
def runs_word_names_the_commit() -> tuple[Patch, ...]:
    """The run names its commit, though the workspace requires a push."""

    def produced(job: Job, sha: str, _now: Any) -> Job:
        return commits.with_commit(job, sha, "run").evolve(pushed_commits=(*job.pushed_commits, sha))

    return ((commits, "produced", produced),)


@mutant
def named_commit_is_not_awaited() -> tuple[Patch, ...]:
    """A job completes on the commit that was pushed, though its run named another one."""
    return ((Job, "awaited_commit", None),)


@mutant
def branch_of_a_fork_counts() -> tuple[Patch, ...]:
    """A check on a branch of a fork counts as one on the branch of that name."""

    def branches(check: Any, _repository_id: int | None) -> tuple[str, ...]:
        suite = check.check_suite
        return (suite.head_branch,) if suite and suite.head_branch else ()

    return ((github, "_own_branches", branches),)


@mutant
def requested_branches_are_not_found() -> tuple[Patch, ...]:
    """A push finds only jobs whose branch has their id."""
    return ((FakeJobs, "on_branch", lambda *_: ()),)


@mutant
def check_is_ordered_by_its_times() -> tuple[Patch, ...]:
    """Of two states of a check the one with the later time counts, whatever clock it is from."""

    def is_older(self: CheckVersion, known: CheckVersion) -> bool:
        mine, other = self.completed_at or self.started_at, known.completed_at or known.started_at
        return (self.id, mine or NEVER) < (known.id, other or NEVER)

    return ((CheckVersion, "is_older_than", is_older),)
