"""The route that lists policies, for every role that may read decisions."""

from __future__ import annotations

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from api.context import principal, services
from api.schemas.policies import PolicyList, PolicyView
from mosaic.jobs.job_query import JobQuery
from mosaic.rails.policy_counts import count_policies

router = APIGatewayHttpRouter()

# As many as a page of the list of jobs: whole jobs are read.
MAX_JOBS = 25


@router.get("/policies")
def policies() -> PolicyList:
    """List the policies of the workspace, with the number of their recent decisions."""
    caller, deps = principal(router), services(router)
    workspace = deps.workspaces.now(caller.workspace_id)
    policy_set = deps.policies().with_workspace_policies(
        workspace.policies, guests_need_approval=workspace.guests_need_approval
    )
    jobs = deps.jobs.page(JobQuery(caller.workspace_id, types=()), MAX_JOBS, None)
    usage = count_policies(job.guard for job in jobs if job.guard)
    items = tuple(PolicyView.of(policy, usage) for policy in policy_set.policies)
    return PolicyList(items=items, policy_set=policy_set.digest, jobs=len(jobs))
