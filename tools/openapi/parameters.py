"""What parameters mean, by name: the same everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tools.openapi import samples
from tools.openapi.model import IncompleteError, Json
from tools.openapi.schemas import tidy


@dataclass(frozen=True)
class Parameter:
    """What a parameter says and an example of it; `schema` adds what the resolver does not know."""

    says: str
    example: Any
    schema: Json | None = None


PARAMETERS: dict[str, Parameter] = {
    "jobId": Parameter(
        "The job, as its `id` names it.", samples.JOB_ID, {"pattern": "^[0-7][0-9A-HJKMNP-TV-Z]{25}$"}
    ),
    "gateId": Parameter("The gate, one of the job's.", "build", {"minLength": 1, "maxLength": 64}),
    "tokenId": Parameter(
        "The token, as its `id` names it.", samples.TOKEN_ID, {"pattern": "^[A-Za-z0-9._-]{1,128}$"}
    ),
    "token": Parameter(
        "What the stitcher signed for this attempt.",
        "WyJkZW1vIiwiMDFLR0EuLi4iLDFd.sNp3…",
        {"minLength": 1, "maxLength": 1024},
    ),
    "Idempotency-Key": Parameter(
        "The caller's own name for this request, kept for seven days.", "checkout-4711"
    ),
    "status": Parameter("Only jobs that stand here; may be given several times.", ["QUEUED", "RUNNING"]),
    "type": Parameter("Only jobs of this type.", "code-task"),
    "agentTaskId": Parameter("Only jobs with this task id of the caller's.", "task-4711"),
    "repository": Parameter("Only jobs about this repository, whatever its case.", "acme/shop"),
    "issue": Parameter(
        "Only jobs about this issue or pull request of `repository`, which has to be given too.", 7
    ),
    "actor": Parameter("Only jobs that this actor asked for, whatever its case.", "github:ada"),
    "since": Parameter("Only jobs created at this time or later.", "2026-01-31T12:00:00Z"),
    "until": Parameter("Only jobs created before this time.", "2026-02-01T12:00:00Z"),
    "updatedSince": Parameter("Only jobs that last changed at this time or later.", "2026-01-31T12:00:00Z"),
    "If-None-Match": Parameter("The `ETag` of an earlier answer; 304 if nothing has changed.", None),
    "limit": Parameter("How many items a page has at most.", 25),
    "cursor": Parameter("The `cursor` of the page before; good for the same filters only.", None),
    "after": Parameter("The `cursor` of the events before; only what came after them.", "00000002.001"),
    "wait": Parameter("How many seconds to wait for the first event, when there is none yet.", 0),
    "day": Parameter("A day in UTC, at most 31 days ago; today unless given.", "2026-01-31"),
}


def described(parameter: Json) -> Json:
    """The parameter as the resolver has it, with its meaning; raises IncompleteError for one that has none here."""
    name = parameter["name"]
    known = PARAMETERS.get(name)
    if known is None:
        raise IncompleteError(f"the parameter {name} has no meaning in tools/openapi/parameters.py")
    schema = {**tidy(_never_null(parameter["schema"])), **(known.schema or {})}
    told = {"name": name, "in": parameter["in"], "required": parameter["required"], "description": known.says}
    example = {} if known.example is None else {"example": known.example}
    return {**told, "schema": schema, **example}


def _never_null(schema: Json) -> Json:
    """A parameter that is left out is null to the handler; as text there is no null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    return {**kinds[0], **{name: value for name, value in schema.items() if name not in ("anyOf", "default")}}
