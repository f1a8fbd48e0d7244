"""Which gates a job must pass."""

from __future__ import annotations

import pytest

from mosaic.access.model import JobType, Workspace
from mosaic.jobs.states import GateStatus
from mosaic.rails import quality


@pytest.mark.parametrize(
    ("job_type", "gates"),
    [
        ("code-task", ("build", "lint", "typecheck", "test", "coverage")),
        ("git-status", ()),
        ("priority-calc", ()),
        ("review", ()),
    ],
)
def test_the_usual_types_have_their_gates(job_type: str, gates: tuple[str, ...]) -> None:
    decision, open_gates = quality.decide(job_type, Workspace(id="demo"))
    assert decision.gates == tuple(gate.id for gate in open_gates) == gates
    assert all(gate.status is GateStatus.PENDING and gate.mandatory for gate in open_gates)


def test_a_workspace_has_types_of_its_own() -> None:
    workspace = Workspace(
        id="demo", job_types={"release": JobType(profile="weaver", gates=("sign",))}, gate_timeout_seconds=60
    )
    decision, _ = quality.decide("release", workspace)
    assert (decision.gates, decision.timeout_seconds) == (("sign",), 60)
