"""Quality rails: which gates an attempt must pass. Pure."""

from __future__ import annotations

from mosaic.access.model import Workspace
from mosaic.jobs.gates import Gate
from mosaic.jobs.parts import QualityDecision


def decide(job_type: str, workspace: Workspace) -> tuple[QualityDecision, tuple[Gate, ...]]:
    """The gates that a job of this type must pass in this workspace, all still open, and their time limit."""
    gates = workspace.job_types[job_type].gates
    decision = QualityDecision(gates=gates, timeout_seconds=workspace.gate_timeout_seconds)
    return decision, tuple(Gate(id=gate_id) for gate_id in gates)
