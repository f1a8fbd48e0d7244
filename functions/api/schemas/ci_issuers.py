"""The workspace setting of CI systems that report with their own OIDC tokens."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.schemas.gates import MAX_WORKFLOW
from api.schemas.jobs import Name
from mosaic.access.ci_issuers import REF, WORKFLOW
from mosaic.base import Request
from mosaic.constraints import Matches
from mosaic.rails.gate_rule_checks import MAX_GATES

MAX_CI_ISSUERS = 20

Repository = Annotated[
    str,
    Field(max_length=201, examples=["acme/shop"]),
    Matches(r"^[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100}$", "owner/name"),
]
_Workflow = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_WORKFLOW,
        examples=["acme/ci/.github/workflows/gates.yml@refs/heads/main"],
    ),
    Matches(
        f"^{WORKFLOW.pattern}$",
        "a workflow file at a ref, such as acme/ci/.github/workflows/gates.yml@refs/heads/main",
    ),
]
_Ref = Annotated[
    str,
    Field(max_length=255, examples=["refs/heads/mosaic/*"]),
    Matches(f"^{REF.pattern}$", "a ref, such as refs/heads/main or refs/heads/mosaic/*"),
]
_Event = Annotated[
    str, Field(max_length=50, examples=["push"]), Matches(r"^[a-z_]{1,50}$", "an event of the CI")
]
_Digits = Annotated[
    str, Field(max_length=20, examples=["74"]), Matches(r"^[0-9]{1,20}$", "the id of a repository")
]


class CiIssuerSetting(Request):
    """A CI system whose OIDC tokens may report gates of the workspace's jobs."""

    issuer: Annotated[str, Field(max_length=255, examples=["https://token.actions.githubusercontent.com"])]
    """The issuer of the tokens, exactly as their `iss`; one that the operator allows"""
    audience: Annotated[str, Field(min_length=3, max_length=255, examples=["mosaic:acme"])]
    """The `aud` of the tokens; ends with `:` and the workspace's id"""
    repositories: Annotated[tuple[Repository, ...], Field(min_length=1, max_length=100)]
    """The repositories whose CI may report"""
    repository_ids: Annotated[tuple[_Digits, ...], Field(max_length=100)] = ()
    """The only `repository_id` that count; default: any"""
    job_workflow_refs: Annotated[tuple[_Workflow, ...], Field(min_length=1, max_length=20)]
    """The only workflow files that count, as the token's `job_workflow_ref`; on refs that no agent can push to"""
    refs: Annotated[tuple[_Ref, ...], Field(max_length=20)] = ()
    """The only refs that the workflow may run for; `*` at the end stands for any ending; default: any"""
    events: Annotated[tuple[_Event, ...], Field(min_length=1, max_length=10)] = ("push",)
    """The only events that may start the workflow"""
    gates: Annotated[tuple[Name, ...], Field(max_length=MAX_GATES)] = ()
    """The only gates that the CI may report; default: all"""
