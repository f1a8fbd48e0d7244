"""Policy sets: the text, parsed once, with the annotations that explain each policy."""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256
from importlib.resources import files

import cedarpy

from mosaic.rails.capabilities import CAPABILITIES, Level

NAMESPACE = "Mosaic"


class PolicyBook:
    """Parsed policies: `policies` and `actions` for Cedar, `reasons` by policy id, and `digest` of the text.

    Raises ValueError when the text does not parse.
    """

    def __init__(self, text: str) -> None:
        self.policies = cedarpy.PolicySet.from_str(text)
        self.actions = cedarpy.Entities.from_json_str(json.dumps(_actions()))
        self.digest = "sha256:" + sha256(text.encode()).hexdigest()
        self.reasons = _reasons(text)


@cache
def base_policies() -> PolicyBook:
    """The policies that ship with the code, parsed once per process."""
    return PolicyBook((files("mosaic.rails") / "policies" / "base.cedar").read_text("utf-8"))


def schema() -> dict[str, object]:
    """The Cedar schema of all policies, made from the table of capabilities."""
    applies = {
        "principalTypes": ["Profile"],
        "resourceTypes": ["Repository"],
        "context": {"type": "Record", "attributes": _CONTEXT},
    }
    levels: dict[str, object] = {f"level:{level}": {} for level in Level}
    actions = {
        name: {"memberOf": [{"id": f"level:{capability.level}"}], "appliesTo": applies}
        for name, capability in CAPABILITIES.items()
    }
    named = {"type": "Record", "attributes": {"workspace": _STRING}}
    profile = {"type": "Record", "attributes": {"workspace": _STRING, "profile": _STRING}}
    entities = {"Profile": {"shape": profile}, "Repository": {"shape": named}}
    return {NAMESPACE: {"entityTypes": entities, "actions": {**levels, **actions}}}


_STRING = {"type": "String"}
_CONTEXT = {
    "jobType": _STRING,
    "source": _STRING,
    "actor": _STRING,
    "granted": {"type": "Boolean"},
    "approved": {"type": "Boolean"},
    "labels": {"type": "Set", "element": _STRING},
}


def _actions() -> list[dict[str, object]]:
    kind = f"{NAMESPACE}::Action"
    levels: list[dict[str, object]] = [
        {"uid": {"type": kind, "id": f"level:{level}"}, "attrs": {}, "parents": []} for level in Level
    ]
    return levels + [
        {
            "uid": {"type": kind, "id": capability.name},
            "attrs": {},
            "parents": [{"type": kind, "id": f"level:{capability.level}"}],
        }
        for capability in CAPABILITIES.values()
    ]


def _reasons(text: str) -> dict[str, str]:
    parsed = json.loads(cedarpy.policies_to_json_str(text))
    annotated = [policy.get("annotations", {}) for policy in parsed["staticPolicies"].values()]
    return {notes["id"]: notes.get("reason", "") for notes in annotated if "id" in notes}
