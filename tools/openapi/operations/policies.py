"""The policies of the guard rails."""

from __future__ import annotations

from collections import Counter

from api.schemas.policies import PolicyView
from mosaic.rails.policy_source import parse
from mosaic.rails.usage import PolicyUsage
from tools.openapi import samples
from tools.openapi.model import Operation, Success

POLICIES = """\
// Releases are made by people.
@id("releases-by-hand")
@reason("release branches are pushed by people only")
forbid (principal, action == Mosaic::Action::"git:push", resource)
when { context.branch like "release/*" };

@id("no-infra")
@reason("infrastructure is about to become a matter of its own team")
@mode("observe")
forbid (principal, action == Mosaic::Action::"code:write", resource)
when { context.paths.contains("infra/") };
"""
_USAGE = PolicyUsage(Counter({"releases-by-hand": 2}), Counter({"no-infra": 5}))
_LIST = {
    "items": [samples.told(PolicyView.of(policy, _USAGE)) for policy in parse(POLICIES)],
    "policySet": f"sha256:{'5e' * 32}",
    "jobs": 100,
}

OPERATIONS: dict[str, Operation] = {
    "GET /policies": Operation(
        id="listPolicies",
        tag="Access",
        summary="List the policies that decide in the workspace",
        description=(
            "The base policies come first, then the workspace's own, each in the order of its text. How often one "
            "decided is told from the newest 100 jobs, by the latest decision on each."
        ),
        responses={200: Success("The policies.", _LIST)},
    ),
}
