"""Evaluate the guard rails for a job, with its workspace's grants and standing approvals. Pure."""

from __future__ import annotations

from datetime import datetime

from mosaic.access.model import Workspace
from mosaic.access.standing_approvals import standing_approvals_for
from mosaic.jobs.actors import normal_name
from mosaic.jobs.model import Job
from mosaic.jobs.value_objects import GuardDecision
from mosaic.rails.guard import GuardRequest, decide
from mosaic.rails.policy import PolicySet


def evaluate(job: Job, workspace: Workspace, policy_set: PolicySet, now: datetime) -> GuardDecision:
    """Returns the guard decision on the job's present attempt."""
    approved = job.approval.capabilities if job.approval and job.approval.approved else ()
    standing = standing_approvals_for(job, workspace, now)
    request = GuardRequest(
        workspace_id=job.workspace_id,
        profile=job.profile,
        repository=job.repository or "",
        job_type=job.type,
        source=job.source.kind,
        actor=normal_name(job.source.actor),
        role=job.source.role or "member",
        issue_author_role=job.context.author_role,
        branch=job.push_branch,
        paths=job.paths,
        labels=job.context.labels,
        required=job.requested_capabilities,
        granted=workspace.granted(job.profile, job.repository),
        approved=frozenset((*approved, *(given.capability for given in standing))),
        ceiling=None if workspace.capability_ceiling is None else frozenset(workspace.capability_ceiling),
    )
    policies = policy_set.with_workspace_policies(
        workspace.policies, guests_need_approval=workspace.guests_need_approval
    )
    decision = decide(request, policies)
    used = tuple(given for given in standing if given.capability in decision.capabilities)
    return decision.model_copy(update={"standing": used})
