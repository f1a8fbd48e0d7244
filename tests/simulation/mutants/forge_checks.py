"""Mutants of gates that a forge reports."""

from __future__ import annotations

from typing import Any

from mosaic.jobs import commits, validation
from mosaic.jobs.gate_evaluation import CheckReport, reported
from mosaic.jobs.gates import Gate, Reporter
from mosaic.jobs.model import Job
from tests.simulation.mutants.registry import Patch, mutant


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
        return reported(gate, check_report.of(gate), actor, check_report.order)

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
        return commits.with_commit(job, after)

    return ((commits, "pushed", pushed),)
