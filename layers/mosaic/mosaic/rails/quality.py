"""Quality rails: choose the gates of an attempt. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from mosaic.jobs.gates import Gate
from mosaic.jobs.model import Job
from mosaic.jobs.value_objects import QualityDecision
from mosaic.rails.gate_rules import GateRule

PUSH = "git:push"


def decide(
    job: Job,
    rules: Iterable[GateRule],
    timeout_seconds: int,
    require_push: bool = True,
    capabilities: Collection[str] = (),
) -> tuple[QualityDecision, tuple[Gate, ...]]:
    """Returns the gates that the job's attempt must pass, all open.

    `timeout_seconds` is the time limit of a gate whose rule has none. With `require_push`, only a pushed
    commit counts. Gates that Mosaic reports itself apply to jobs that may push, by their `capabilities`, where
    pushes count.
    """
    can_read_pushes = require_push and job.repository is not None and PUSH in capabilities
    gates = tuple(
        rule.gate(timeout_seconds)
        for rule in rules
        if rule.applies_when.covers(job.type, job.repository, job.context.labels)
        and (rule.reporter.kind != "mosaic" or can_read_pushes)
    )
    ids = tuple(gate.id for gate in gates)
    return QualityDecision(gates=ids, timeout_seconds=timeout_seconds, require_push=require_push), gates
