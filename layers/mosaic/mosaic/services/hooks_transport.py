"""A gateway that offers hooks only, and what its operator says that its agents may do at most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mosaic.jobs import fire_and_forget
from mosaic.jobs.model import Job
from mosaic.jobs.value_objects import GuardDecision, JobError
from mosaic.openclaw.hooks import Hooks


@dataclass(frozen=True)
class FireAndForgetTransport:
    """The hooks, which have no field for tools, and by profile the tools that its agent may use: all that holds it."""

    hooks: Hooks
    ceilings: Mapping[str, tuple[str, ...]]

    def refusal(self, job: Job, guard: GuardDecision) -> JobError | None:
        """Why the job cannot be dispatched to its agent, which may do more than the guard rails granted."""
        return fire_and_forget.refusal(job.profile, self.ceilings.get(job.profile), guard.tools)
