"""What takes a forge's word for what it did not say: of whom, of which commit, and of when."""

from __future__ import annotations

from typing import Any

from mosaic.jobs import commits, validation
from mosaic.jobs.gate_evaluation import CheckReport, reported
from mosaic.jobs.gates import Gate, Reporter
from mosaic.jobs.model import Job
from tests.simulation.mutants.registry import Patch, mutant


@mutant
def checks_of_any_commit() -> tuple[Patch, ...]:
    """What a forge says of one commit is taken for what it says of the one that counts."""
    real = validation.apply_check

    def apply_check(job: Job, gate_id: str, said: CheckReport, *rest: Any) -> Job:
        sha = job.commit_sha or said.commit_sha
        return real(job, gate_id, said.model_copy(update={"commit_sha": sha}), *rest)

    return ((validation, "apply_check", apply_check),)


@mutant
def checks_as_they_arrive() -> tuple[Patch, ...]:
    """Of two results of a check the one counts that was delivered last."""

    def said_by_forge(gate: Gate, said: CheckReport, actor: str) -> Gate:
        return reported(gate, said.of(gate), actor, said.order)

    return ((validation, "_evaluate_check", said_by_forge),)


@mutant
def checks_of_anybody() -> tuple[Patch, ...]:
    """Whoever reports a check of the right name is believed."""

    def accepts(self: Reporter, check: Reporter) -> bool:
        return (check.kind, check.provider, check.context) == (self.kind, self.provider, self.context)

    return ((Reporter, "accepts", accepts),)


@mutant
def proof_goes_along_with_the_branch() -> tuple[Patch, ...]:
    """What one commit has proven counts for the next one."""

    def anew(gate: Gate, sha: str) -> Gate:
        return gate.model_copy(update={"commit_sha": sha})

    return ((commits, "_reset", anew),)


@mutant
def a_late_push_takes_the_job_back() -> tuple[Patch, ...]:
    """The push that was delivered last says which commit counts."""

    def pushed(job: Job, _before: str, after: str, _at: Any) -> Job:
        return commits.bind(job, after)

    return ((commits, "pushed", pushed),)
