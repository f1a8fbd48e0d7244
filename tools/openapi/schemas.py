"""Cleans up the generated schemas of components: names, descriptions, defaults."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from enum import Enum
from functools import cache
from typing import Any, get_args

from aws_lambda_powertools.event_handler.openapi.types import COMPONENT_REF_PREFIX
from pydantic import BaseModel
from pydantic._internal._docs_extraction import extract_docstrings_from_cls

from mosaic.jobs.lifecycle import TRANSITIONS
from tools.openapi.model import Json

# Names in the contract that differ from those of the classes.
NAMES = {
    "AttemptView": "Attempt",
    "JobView": "Job",
    "TokenView": "Token",
    "WorkspaceView": "Workspace",
    "UsageView": "WorkspaceUsage",
    "JobCountsView": "JobCounts",
}
# Responses of Powertools that the API replaces with problems.
FOREIGN = frozenset({"HTTPValidationError", "ValidationError", "ResponseValidationError"})


def models(root: Any) -> Iterator[type[BaseModel]]:
    """Yields every model in a type."""
    pending, seen = [root], set[Any]()
    while pending:
        kind = pending.pop()
        if kind in seen or isinstance(kind, str | Enum):
            continue
        seen.add(kind)
        pending += get_args(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield kind
            pending += (field.annotation for field in kind.model_fields.values())


def clean(schemas: Json, types: Iterable[Any], sent: set[str]) -> Json:
    """Returns the schemas by their names in the contract.

    `types` contain the models behind them, `sent` are the names of schemas in requests. Responses always have
    all their properties, with null for an empty one.
    """
    known = {model.__name__: model for type_ in types for model in models(type_)}
    result = {}
    for name, schema in schemas.items():
        if name in FOREIGN:
            continue
        model = known.get(name)
        if model:
            _describe(schema, model)
        for inner in schema.get("properties", {}).values():
            _describe_default(inner, in_words=name in sent)
        if name not in sent and "properties" in schema:
            schema["required"] = list(schema["properties"])
        result[NAMES.get(name, name)] = schema
    if "JobStatus" in result:
        result["JobStatus"]["description"] = _states()
    return result


def referenced(value: Any, schemas: Json) -> set[str]:
    """Returns the names of all components that `value` refers to, directly or not."""
    result: set[str] = set()
    pending = [value]
    while pending:
        for name in set(_references(pending.pop())) - result:
            result.add(name)
            pending.append(schemas.get(name, {}))
    return result


def tidy(value: Any) -> Any:
    """Returns `value` without pydantic's titles, with integers for whole numbers and the contract's component
    names.
    """
    if isinstance(value, dict):
        as_json = {name: tidy(inner) for name, inner in value.items()}
        return {
            name: inner
            for name, inner in _without_pattern_properties(as_json).items()
            if name != "title" or not isinstance(inner, str)
        }
    if isinstance(value, list):
        return [tidy(inner) for inner in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.startswith(COMPONENT_REF_PREFIX):
        name = value.removeprefix(COMPONENT_REF_PREFIX)
        return COMPONENT_REF_PREFIX + NAMES.get(name, name)
    return value


def _without_pattern_properties(schema: Json) -> Json:
    """The map with `additionalProperties` and `propertyNames`, since client generators ignore
    `patternProperties`.
    """
    if "patternProperties" not in schema:
        return schema
    ((pattern, value),) = schema["patternProperties"].items()
    result = {name: inner for name, inner in schema.items() if name != "patternProperties"}
    names = {**schema.get("propertyNames", {}), "pattern": pattern}
    return {**result, "additionalProperties": value, "propertyNames": names}


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)
    elif isinstance(value, str) and value.startswith(COMPONENT_REF_PREFIX):
        yield value.removeprefix(COMPONENT_REF_PREFIX)


def _describe(schema: Json, model: type[BaseModel]) -> None:
    texts = descriptions(model)
    for name, field in model.model_fields.items():
        inner = schema.get("properties", {}).get(field.alias or name)
        if inner is not None and name in texts:
            inner.setdefault("description", texts[name])


def _describe_default(schema: Json, *, in_words: bool) -> None:
    """Moves the default into the description: for client generators, the keyword makes a field required."""
    default, text = schema.pop("default", None), schema.get("description", "")
    if in_words and isinstance(default, str | int | float) and "default" not in text:
        schema["description"] = f"{text}; default: `{json.dumps(default)}`"


@cache
def descriptions(model: type[BaseModel]) -> dict[str, str]:
    """Returns the docstrings of the model's fields by name.

    pydantic reads them only while it creates a class, which would cost time at every cold start.
    """
    texts: dict[str, str] = {}
    for parent in reversed(model.__mro__):
        if issubclass(parent, BaseModel) and parent is not BaseModel:
            texts |= extract_docstrings_from_cls(parent, use_inspect=True)
    return texts


def _states() -> str:
    lines = [
        f"- `{status}` can change to {', '.join(f'`{name}`' for name in sorted(after)) or 'no other status'}"
        for status, after in TRANSITIONS.items()
    ]
    return "\n".join(["The status of a job.", "", *lines])
