"""Quality rails: which gates an attempt must pass. Pure."""

from __future__ import annotations

from mosaic.access.model import Workspace
from mosaic.jobs.gates import Gate
from mosaic.jobs.model import Job
from mosaic.jobs.value_objects import QualityDecision


def decide(job: Job, workspace: Workspace) -> tuple[QualityDecision, tuple[Gate, ...]]:
    """The gates that the job's attempt must pass, as the workspace's rules are now: all open, each with its time."""
    usual = workspace.gate_timeout_seconds
    gates = tuple(
        rule.gate(usual)
        for rule in workspace.gates
        if rule.applies_when.covers(job.type, job.repository, job.context.labels)
    )
    return QualityDecision(gates=tuple(gate.id for gate in gates), timeout_seconds=usual), gates
