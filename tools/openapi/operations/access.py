"""The workspace's configuration and its API tokens."""

from __future__ import annotations

from tools.openapi import samples
from tools.openapi.model import Operation, Success
from tools.openapi.operations import policies

_WORKSPACE = {
    "id": "demo",
    "name": "Demo",
    "version": 4,
    "repositories": [{"provider": "github", "name": "acme/shop"}],
    "jobTypes": {
        "code-task": {"profile": "weaver", "capabilities": []},
        "release": {"profile": "weaver", "capabilities": ["git:push"]},
        "review": {"profile": "inspector", "capabilities": []},
    },
    "gates": [
        {
            "id": "test",
            "appliesWhen": {"types": ["code-task"], "repositories": ["*"], "labels": []},
            "passesWhen": [],
            "reporter": {"kind": "token", "provider": None, "context": None, "by": [], "paths": []},
            "timeoutSeconds": None,
            "mandatory": True,
        },
        {
            "id": "coverage",
            "appliesWhen": {"types": ["code-task"], "repositories": ["acme/shop"], "labels": []},
            "passesWhen": [{"number": "coverage", "atLeast": 85.0, "atMost": None}],
            "reporter": {
                "kind": "check_run",
                "provider": "github",
                "context": "coverage",
                "by": ["github-actions"],
                "paths": [],
            },
            "timeoutSeconds": 7200,
            "mandatory": True,
        },
    ],
    "triggers": {
        "mentioned": "code-task",
        "assigned": "code-task",
        "commented": "review",
        "labels": {"needs review": "review"},
    },
    "grants": [{"profile": "weaver", "capability": "git:push", "repository": "acme/shop"}],
    "forgeAdmins": ["github:ada"],
    "forgeMembers": ["github:grace"],
    "trustAssociations": ["OWNER", "MEMBER", "COLLABORATOR"],
    "policies": policies.POLICIES,
    "people": {"ada": ["github:ada", samples.ADA]},
    "selfApproval": False,
    "approvalTimeoutSeconds": 259200,
    "standingApprovals": [samples.as_json(approval) for approval in samples.STANDING],
    "gateTimeoutSeconds": 86400,
    "requirePush": True,
    "ciIssuers": [
        {
            "issuer": "https://token.actions.githubusercontent.com",
            "audience": "mosaic:demo",
            "repositories": ["acme/shop"],
            "repositoryIds": [],
            "jobWorkflowRefs": ["acme/ci/.github/workflows/gates.yml@refs/heads/main"],
            "refs": ["refs/heads/mosaic/*"],
            "events": ["push"],
            "gates": [],
        }
    ],
    "maxDispatchTries": 10,
    "guestsNeedApproval": True,
    "maxOpenJobsPerActor": 20,
    "maxOpenJobsPerIssue": 10,
    "allowedBots": ["github:renovate[bot]"],
    "agentLogins": ["github:acme-agent"],
    "maxRunning": 4,
    "prices": {"currency": "USD", "models": {"gpt-5": {"input": "1.25", "output": "10.00"}}},
    "dailyBudget": {"cost": "20.00", "tokens": None},
    "capabilityCeiling": None,
    "repositoryCeiling": ["github:acme/*"],
    "gateway": None,
}
_TOKEN = {
    "id": samples.TOKEN_ID,
    "name": "CI of the shop",
    "role": "reporter",
    "gates": ["build", "test"],
    "repositories": ["acme/shop"],
    "createdAt": "2026-01-31T12:00:00.000Z",
    "createdBy": samples.ADA,
    "expiresAt": "2027-01-31T12:00:00.000Z",
    "lastUsedAt": None,
    "revokedAt": None,
}

OPERATIONS: dict[str, Operation] = {
    "GET /me": Operation(
        id="getMe",
        tag="Access",
        description="Accepts every valid token: API tokens, JWTs of the OIDC issuer and tokens of runs.",
        responses={
            200: Success(
                "The identity.",
                {
                    "workspaceId": "demo",
                    "role": "reporter",
                    "permissions": ["gates:report", "self:read"],
                    "actor": f"token:{samples.TOKEN_ID}",
                    "tokenId": samples.TOKEN_ID,
                    "tokenName": "CI of the shop",
                    "gates": ["build", "test"],
                    "repositories": ["acme/shop"],
                    "expiresAt": "2027-01-31T12:00:00.000Z",
                },
            )
        },
    ),
    "GET /workspaces/current": Operation(
        id="getWorkspace",
        tag="Access",
        responses={200: Success("The workspace.", _WORKSPACE)},
    ),
    "PUT /workspaces/current": Operation(
        id="changeWorkspace",
        tag="Access",
        summary="Replace the configuration of the token's workspace",
        description=(
            "Send the response of `GET` with your changes. `version` must be the current version, so that no "
            "change is lost. Repeating the request after a lost response changes nothing. For each invalid policy "
            "`errors` has the line and the reason."
        ),
        examples={"grant": _WORKSPACE},
        responses={200: Success("The changed workspace.", {**_WORKSPACE, "version": 5})},
        problems=("conflict", "repository_taken"),
    ),
    "POST /tokens": Operation(
        id="createToken",
        tag="Access",
        description=(
            "Mosaic stores only its hash. For CI, create a reporter token limited to its gates and repositories."
        ),
        examples={
            "ci": {
                "name": "CI of the shop",
                "role": "reporter",
                "gates": ["build", "test"],
                "repositories": ["acme/shop"],
                "expiresAt": "2027-01-31T12:00:00Z",
            }
        },
        problems=("too_many_creators",),
        responses={
            201: Success(
                "The token with its secret.",
                {**_TOKEN, "token": f"{samples.TOKEN_ID}-7c2f…"},
                headers={"Cache-Control": "Always `no-store`"},
            )
        },
    ),
    "GET /tokens": Operation(
        id="listTokens",
        tag="Access",
        summary="List the workspace's API tokens, newest first",
        description="Revoked tokens stay in the list.",
        responses={200: Success("One page of tokens.", {"items": [_TOKEN], "cursor": None})},
        problems=("bad_cursor",),
    ),
    "DELETE /tokens/{tokenId}": Operation(
        id="revokeToken",
        tag="Access",
        description="Revoking a token twice changes nothing.",
        responses={204: Success("The token is revoked.")},
        problems=("token_not_found", "last_admin_token", "conflict"),
    ),
}
