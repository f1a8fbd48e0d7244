"""The route of policies: whoever may read a decision may read what decided it."""

from __future__ import annotations

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from api.context import principal, services
from api.schemas.policies import PolicyList, PolicyView
from mosaic.jobs.job_query import JobQuery
from mosaic.rails.usage import count_usage

router = APIGatewayHttpRouter()

LATELY = 100


@router.get("/policies")
def policies() -> PolicyList:
    """List the policies that decide in the workspace, with how often each did lately."""
    caller, at = principal(router), services(router)
    workspace = at.workspaces.now(caller.workspace_id)
    policy_set = at.policies().with_workspace_policies(workspace.policies)
    jobs = at.jobs.page(JobQuery(caller.workspace_id, types=()), LATELY, None)
    usage = count_usage(job.guard for job in jobs if job.guard)
    items = tuple(PolicyView.of(policy, usage) for policy in policy_set.policies)
    return PolicyList(items=items, policy_set=policy_set.digest, jobs=len(jobs))
