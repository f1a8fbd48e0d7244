"""The operation on policies."""

from __future__ import annotations

from collections import Counter

from api.schemas.policies import PolicyView
from mosaic.rails.policy_counts import PolicyCounts
from mosaic.rails.policy_source import parse
from tools.openapi import samples
from tools.openapi.model import Operation, Success

POLICIES = """\
// Only people make releases.
@id("releases-by-hand")
@reason("only people push release branches")
forbid (principal, action == Mosaic::Action::"git:push", resource)
when { context.branch like "release/*" };

@id("no-infra")
@reason("another team will own the infrastructure")
@mode("observe")
forbid (principal, action == Mosaic::Action::"code:write", resource)
when { context.paths.contains("infra/") };
"""
_USAGE = PolicyCounts(Counter({"releases-by-hand": 2}), Counter({"no-infra": 5}))
_LIST = {
    "items": [samples.as_json(PolicyView.of(policy, _USAGE)) for policy in parse(POLICIES)],
    "policySet": f"sha256:{'5e' * 32}",
    "jobs": 100,
}

OPERATIONS: dict[str, Operation] = {
    "GET /policies": Operation(
        id="listPolicies",
        tag="Access",
        summary="List the policies of the workspace",
        description=(
            "The base policies come first, then the workspace's own, in the order of their texts. Decisions are "
            "counted over the newest 25 jobs, the latest decision of each."
        ),
        responses={200: Success("The policies.", _LIST)},
    ),
}
