"""The Cedar schema and entities, built from the table of capabilities. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from mosaic.jobs.roles import RequesterRole
from mosaic.jobs.value_objects import Source
from mosaic.rails.capabilities import CAPABILITIES, PROFILES, Level

NAMESPACE = "Mosaic"
PROFILE = f"{NAMESPACE}::Profile"
ACTION = f"{NAMESPACE}::Action"
REPOSITORY = f"{NAMESPACE}::Repository"
LEVEL = "level:"

ROLES: tuple[str, ...] = get_args(RequesterRole)
SOURCES: tuple[str, ...] = get_args(Source.model_fields["kind"].annotation)

Shape = Mapping[str, object]

_STRING: Shape = {"type": "String"}
_BOOLEAN: Shape = {"type": "Boolean"}
_STRINGS: Shape = {"type": "Set", "element": _STRING}
ATTRIBUTES: Mapping[str, Mapping[str, Shape]] = {
    "principal": {"workspace": _STRING, "profile": _STRING},
    "resource": {"workspace": _STRING, "owner": _STRING, "name": _STRING},
    "context": {
        "jobType": _STRING,
        "source": _STRING,
        "actor": _STRING,
        "role": _STRING,
        "issueAuthorRole": _STRING,
        "branch": _STRING,
        "paths": _STRINGS,
        "labels": _STRINGS,
        "granted": _BOOLEAN,
        "approved": _BOOLEAN,
    },
}


def schema() -> dict[str, object]:
    """Returns the Cedar schema of all policies."""
    applies_to = {
        "principalTypes": ["Profile"],
        "resourceTypes": ["Repository"],
        "context": {"type": "Record", "attributes": ATTRIBUTES["context"]},
    }
    levels: dict[str, object] = {f"{LEVEL}{level}": {} for level in Level}
    actions = {
        name: {"memberOf": [{"id": f"{LEVEL}{capability.level}"}], "appliesTo": applies_to}
        for name, capability in CAPABILITIES.items()
    }
    shapes = {
        "Profile": {"shape": {"type": "Record", "attributes": ATTRIBUTES["principal"]}},
        "Repository": {"shape": {"type": "Record", "attributes": ATTRIBUTES["resource"]}},
    }
    return {NAMESPACE: {"entityTypes": shapes, "actions": {**levels, **actions}}}


def members(action: str) -> frozenset[str]:
    """Returns the capabilities of the level that the action names, or the action itself."""
    level = action.removeprefix(LEVEL)
    if level == action:
        return frozenset({action})
    return frozenset(name for name, capability in CAPABILITIES.items() if capability.level == level)


def actions() -> list[dict[str, Any]]:
    """Returns the entities of all levels and capabilities."""
    levels = [_entity(ACTION, f"{LEVEL}{level}") for level in Level]
    return levels + [
        {**_entity(ACTION, name), "parents": [{"type": ACTION, "id": f"{LEVEL}{capability.level}"}]}
        for name, capability in CAPABILITIES.items()
    ]


def request_entities(workspace_id: str, profile: str, repository: str) -> list[dict[str, Any]]:
    """Returns the entities of a request: the agent's profile in its workspace, and the repository."""
    owner, _, name = repository.partition("/")
    return [
        _entity(PROFILE, principal_id(workspace_id, profile), workspace=workspace_id, profile=profile),
        _entity(REPOSITORY, repository, workspace=workspace_id, owner=owner, name=name),
    ]


def principal_id(workspace_id: str, profile: str) -> str:
    """Returns the id of a profile's agents in a workspace."""
    return f"{workspace_id}/{profile}"


def principals(workspace_id: str) -> frozenset[str]:
    """Returns the ids of all principals of a workspace."""
    return frozenset(principal_id(workspace_id, profile) for profile in PROFILES)


def _entity(kind: str, id: str, **attrs: str) -> dict[str, Any]:
    return {"uid": {"type": kind, "id": id}, "attrs": attrs, "parents": []}
