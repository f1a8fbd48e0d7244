"""Descriptions of parameters by name. A name has the same meaning in all operations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mosaic.access.model import PROVIDERS
from tools.openapi import samples
from tools.openapi.model import IncompleteError, Json
from tools.openapi.schemas import tidy


@dataclass(frozen=True)
class Parameter:
    """A description and an example; `schema` adds keywords that the resolver does not know."""

    description: str
    example: Any
    schema: Json | None = None


PARAMETERS: dict[str, Parameter] = {
    "jobId": Parameter("The job's `id`.", samples.JOB_ID, {"pattern": "^[0-7][0-9A-HJKMNP-TV-Z]{25}$"}),
    "gateId": Parameter("A gate of the job.", "build", {"minLength": 1, "maxLength": 64}),
    "tokenId": Parameter("The token's `id`.", samples.TOKEN_ID, {"pattern": "^[A-Za-z0-9._-]{1,128}$"}),
    "provider": Parameter("The forge of the repository.", "github", {"enum": list(PROVIDERS)}),
    "owner": Parameter("The owner of the repository.", "acme", {"minLength": 1, "maxLength": 100}),
    "name": Parameter("The repository's name without its owner.", "shop", {"minLength": 1, "maxLength": 100}),
    "token": Parameter(
        "The signed token of the attempt.",
        "WyJkZW1vIiwiMDFLR0EuLi4iLDFd.sNp3…",
        {"minLength": 1, "maxLength": 1024},
    ),
    "Idempotency-Key": Parameter(
        "The caller's unique key of this request, stored for seven days.", "checkout-4711"
    ),
    "status": Parameter("Only jobs with this status; may be repeated.", ["QUEUED", "RUNNING"]),
    "type": Parameter("Only jobs of this type.", "code-task"),
    "agentTaskId": Parameter("Only jobs with this task id of the caller.", "task-4711"),
    "repository": Parameter("Only jobs for this repository, ignoring case.", "acme/shop"),
    "issue": Parameter("Only jobs for this issue or pull request; requires `repository`.", 7),
    "actor": Parameter("Only jobs requested by this actor, ignoring case.", "github:ada"),
    "since": Parameter("Only jobs created at this time or later.", "2026-01-31T12:00:00Z"),
    "until": Parameter("Only jobs created before this time.", "2026-02-01T12:00:00Z"),
    "updatedSince": Parameter("Only jobs that last changed at this time or later.", "2026-01-31T12:00:00Z"),
    "If-None-Match": Parameter("The `ETag` of an earlier response; 304 if nothing has changed.", None),
    "limit": Parameter("The maximum number of items on the page.", 25),
    "cursor": Parameter("The `cursor` of the previous page, with the same filters.", None),
    "after": Parameter("The `cursor` of the previous page of events.", "00000002.001"),
    "wait": Parameter("The maximum wait in seconds for the first event.", 0),
    "day": Parameter("A day in UTC, at most 31 days ago; default: today.", "2026-01-31"),
}


def describe_parameter(parameter: Json) -> Json:
    """Returns the parameter with its description; raises IncompleteError if it has none here."""
    name = parameter["name"]
    known = PARAMETERS.get(name)
    if known is None:
        raise IncompleteError(f"the parameter {name} has no description in tools/openapi/parameters.py")
    schema = {**tidy(_without_null(parameter["schema"])), **(known.schema or {})}
    example = {} if known.example is None else {"example": known.example}
    return {**parameter, "description": known.description, "schema": schema, **example}


def _without_null(schema: Json) -> Json:
    """An omitted parameter is null for the handler, but its text is never null."""
    types = [option for option in schema.get("anyOf", ()) if option != {"type": "null"}]
    if len(types) != 1:
        return schema
    return {**types[0], **{name: value for name, value in schema.items() if name not in ("anyOf", "default")}}
