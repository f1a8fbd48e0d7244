"""The fire-and-forget transport: a gateway that offers hooks only, with the operator's limits on its agents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mosaic.jobs import fire_and_forget
from mosaic.jobs.model import Job
from mosaic.jobs.value_objects import GuardDecision, JobError
from mosaic.openclaw.hooks import Hooks


@dataclass(frozen=True)
class FireAndForgetTransport:
    """The hooks, and for each profile the tools that its agent may use.

    A hook cannot limit the tools of a run. The gateway's own limits on the agent are the only ones.
    """

    hooks: Hooks
    tools_by_profile: Mapping[str, tuple[str, ...]]

    def refusal(self, job: Job, guard: GuardDecision) -> JobError | None:
        """Returns the error that refuses the dispatch when the agent may use more tools than the guard rails grant."""
        return fire_and_forget.refusal(job.profile, self.tools_by_profile.get(job.profile), guard.tools)
