"""The components' schemas, as clients should read them: well named, each property described."""

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

# What a class is called in the contract, where the code needs another name.
NAMES = {
    "AttemptView": "Attempt",
    "JobView": "Job",
    "TokenView": "Token",
    "WorkspaceView": "Workspace",
    "UsageView": "WorkspaceUsage",
    "JobCountsView": "JobCounts",
}
# What the frameworks answer by themselves; here problems are told instead.
FOREIGN = frozenset({"HTTPValidationError", "ValidationError", "ResponseValidationError"})


def models(root: Any) -> Iterator[type[BaseModel]]:
    """Every model that a type is made of."""
    waiting, seen = [root], set[Any]()
    while waiting:
        kind = waiting.pop()
        if kind in seen or isinstance(kind, str | Enum):
            continue
        seen.add(kind)
        waiting += get_args(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield kind
            waiting += (field.annotation for field in kind.model_fields.values())


def clean(schemas: Json, types: Iterable[Any], asked: set[str]) -> Json:
    """The schemas under their names in the contract.

    `known` are the models behind them, `asked` the names of those that clients send. What is answered always has
    all of its properties, since an empty one is null.
    """
    known = {model.__name__: model for type_ in types for model in models(type_)}
    kept = {}
    for name, schema in schemas.items():
        if name in FOREIGN:
            continue
        model = known.get(name)
        if model:
            _describe(schema, model)
        for inner in schema.get("properties", {}).values():
            _tell_default(inner, in_words=name in asked)
        if name not in asked and "properties" in schema:
            schema["required"] = list(schema["properties"])
        kept[NAMES.get(name, name)] = schema
    if "JobStatus" in kept:
        kept["JobStatus"]["description"] = _states()
    return kept


def reachable(value: Any, schemas: Json) -> set[str]:
    """The names of all components that `value` refers to, and of those that these refer to."""
    found: set[str] = set()
    waiting = [value]
    while waiting:
        for name in set(_refs(waiting.pop())) - found:
            found.add(name)
            waiting.append(schemas.get(name, {}))
    return found


def tidy(value: Any) -> Any:
    """`value` without the titles that pydantic makes up, with whole numbers whole, and components renamed."""
    if isinstance(value, dict):
        told = {name: tidy(inner) for name, inner in value.items()}
        return {
            name: inner
            for name, inner in _by_any_name(told).items()
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


def _by_any_name(schema: Json) -> Json:
    """A map told by `additionalProperties` and `propertyNames`: generators know no `patternProperties`."""
    if "patternProperties" not in schema:
        return schema
    ((pattern, value),) = schema["patternProperties"].items()
    kept = {name: inner for name, inner in schema.items() if name != "patternProperties"}
    names = {**schema.get("propertyNames", {}), "pattern": pattern}
    return {**kept, "additionalProperties": value, "propertyNames": names}


def _refs(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _refs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _refs(inner)
    elif isinstance(value, str) and value.startswith(COMPONENT_REF_PREFIX):
        yield value.removeprefix(COMPONENT_REF_PREFIX)


def _describe(schema: Json, model: type[BaseModel]) -> None:
    said = descriptions(model)
    for name, field in model.model_fields.items():
        inner = schema.get("properties", {}).get(field.alias or name)
        if inner is not None and name in said:
            inner.setdefault("description", said[name])


def _tell_default(schema: Json, *, in_words: bool) -> None:
    """Tell a default in words: generators make a field with the keyword `default` one that has to be sent."""
    default, text = schema.pop("default", None), schema.get("description", "")
    if in_words and isinstance(default, str | int | float) and "unless given" not in text:
        schema["description"] = f"{text}; `{json.dumps(default)}` unless given"


@cache
def descriptions(model: type[BaseModel]) -> dict[str, str]:
    """Return the docstrings of the model's fields by name.

    pydantic reads them only while it creates a class, which would cost time at every cold start.
    """
    texts: dict[str, str] = {}
    for parent in reversed(model.__mro__):
        if issubclass(parent, BaseModel) and parent is not BaseModel:
            texts |= extract_docstrings_from_cls(parent, use_inspect=True)
    return texts


def _states() -> str:
    lines = [
        f"- `{status}` may become {', '.join(f'`{name}`' for name in sorted(after)) or 'nothing else'}"
        for status, after in TRANSITIONS.items()
    ]
    return "\n".join(["Where a job stands.", "", *lines])
