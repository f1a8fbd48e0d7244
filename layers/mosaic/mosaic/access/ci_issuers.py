"""CI systems whose OIDC tokens report gates: what a workspace trusts, and what a token claims. Pure."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from mosaic.base import Timestamp, Value

Violation = tuple[str, str]
"""The field and the message."""

# A character of a path or a ref, which have neither spaces nor control characters; `*` has a meaning of its own.
# The API reference shows these patterns, in which `\s` and `\w` would depend on the language of the client.
_CHARACTER = r"[^\x00-\x20\x7f*]"
_NAME = r"[A-Za-z0-9_.-]{1,100}"
# A workflow file at a ref of GitHub, as `owner/name/path@ref`; the ref is a branch, a tag or a commit.
WORKFLOW = re.compile(
    rf"{_NAME}/{_NAME}/[^\x00-\x20\x7f*@]{{1,400}}@(?:refs/(?:heads|tags)/{_CHARACTER}{{1,200}}|[0-9a-f]{{40}})"
)
REF = re.compile(rf"refs/(?:heads|tags)/{_CHARACTER}{{0,200}}\*?")
JOB_BRANCHES = "refs/heads/mosaic/"
ANY = "*"


class CiIssuer(Value):
    """A CI system whose OIDC tokens may report gates of the workspace's jobs.

    A token counts if its workflow file is one of `job_workflow_refs`. The token reports on its own repository
    and commit only.
    """

    issuer: str
    """The issuer of the tokens, exactly as their `iss`; the operator allows it"""
    audience: str
    """The `aud` of the tokens; it ends with `:` and the workspace's id"""
    repositories: tuple[str, ...]
    """The repositories whose CI may report, as `owner/name`"""
    repository_ids: tuple[str, ...] = ()
    """The only ids of repositories that count; empty for any"""
    job_workflow_refs: tuple[str, ...]
    """The only workflow files that count, as `owner/name/path@ref`, on refs that the agent cannot push to"""
    refs: tuple[str, ...] = ()
    """The only refs that the workflow may run for, with `*` at the end for any ending; empty for any"""
    events: tuple[str, ...] = ("push",)
    """The only events that may start the workflow"""
    gates: tuple[str, ...] = ()
    """The only gates that it may report; empty for all"""

    def trusts(self, claims: CiClaims) -> bool:
        """True if the token may report gates of the workspace."""
        return (
            (claims.issuer, claims.audience) == (self.issuer, self.audience)
            and claims.repository.lower() in {name.lower() for name in self.repositories}
            and claims.repository_id in (self.repository_ids or (claims.repository_id,))
            and claims.job_workflow_ref in self.job_workflow_refs
            and claims.event_name in self.events
            and (not self.refs or any(_matches(claims.ref, pattern) for pattern in self.refs))
        )


class CiClaims(Value):
    """The claims of a verified token of a CI, by the names that GitHub gives them."""

    issuer: str
    audience: str
    repository: str
    repository_id: str
    sha: str
    job_workflow_ref: str
    ref: str
    event_name: str
    expires_at: Timestamp

    @property
    def workspace_id(self) -> str:
        """The workspace that the audience ends with."""
        return self.audience.rpartition(":")[2]


def violations(
    ci_issuers: tuple[CiIssuer, ...], workspace_id: str, allowed: tuple[str, ...]
) -> Iterator[Violation]:
    """Yields the violations of these settings of a workspace, where the operator allows these issuers."""
    for index, known in enumerate(ci_issuers):
        field = f"ciIssuers[{index}]"
        if known.issuer not in allowed:
            yield f"{field}.issuer", f"must be one that the operator allows: {', '.join(allowed) or 'none'}"
        if not known.audience.endswith(f":{workspace_id}"):
            yield f"{field}.audience", f"must end with :{workspace_id}, such as mosaic:{workspace_id}"
        for place, workflow in enumerate(known.job_workflow_refs):
            yield from _workflow(f"{field}.jobWorkflowRefs[{place}]", workflow)


def _workflow(field: str, workflow: str) -> Iterator[Violation]:
    if not WORKFLOW.fullmatch(workflow):
        yield (
            field,
            "must be a workflow file at a ref, such as acme/ci/.github/workflows/gates.yml@refs/heads/main",
        )
    elif workflow.partition("@")[2].startswith(JOB_BRANCHES):
        yield field, "must be on a protected ref; agents push to the branches mosaic/…"


def claims_of(claims: Mapping[str, Any], expires_at: Timestamp) -> CiClaims | None:
    """Returns the claims of a verified token; None unless it has all of them, as texts."""
    audience = claims.get("aud")
    names = ("repository", "repository_id", "sha", "job_workflow_ref", "ref", "event_name")
    values = {name: claims.get(name) for name in names}
    values |= {
        "issuer": claims.get("iss"),
        "audience": audience[0] if isinstance(audience, list) else audience,
    }
    if not all(isinstance(value, str) and 0 < len(value) <= 1000 for value in values.values()):
        return None
    return CiClaims.model_validate({**values, "expires_at": expires_at})


def named_issuer(bearer: str) -> str | None:
    """Returns the issuer that an unverified JWT names, or None."""
    body = bearer.split(".")[1] if bearer.count(".") == 2 else ""
    try:
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (ValueError, RecursionError):
        return None
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    return issuer if isinstance(issuer, str) else None


def _matches(ref: str, pattern: str) -> bool:
    return ref.startswith(pattern[:-1]) if pattern.endswith(ANY) else ref == pattern
