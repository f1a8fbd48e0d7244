"""The components' schemas, as clients should read them: well named, each property described."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator
from enum import Enum
from functools import cache
from itertools import pairwise
from typing import Any, get_args

from pydantic import BaseModel

from mosaic.jobs.lifecycle import TRANSITIONS
from tools.openapi.model import Json

REF = "#/components/schemas/"
# What a class is called in the contract, where the code needs another name.
NAMES = {
    "AttemptView": "Attempt",
    "JobView": "Job",
    "TokenView": "Token",
    "WorkspaceView": "Workspace",
    "UsageView": "WorkspaceUsage",
    "JobCountsView": "JobCounts",
    "_Delivery": "BotDelivery",
    "_Metadata": "BotMetadata",
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


def clean(schemas: Json, known: dict[str, type[BaseModel]], asked: set[str]) -> Json:
    """The schemas under their names in the contract.

    `known` are the models behind them, `asked` the names of those that clients send. What is answered always has
    all of its properties, since an empty one is null.
    """
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
    if isinstance(value, str) and value.startswith(REF):
        name = value.removeprefix(REF)
        return REF + NAMES.get(name, name)
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
    elif isinstance(value, str) and value.startswith(REF):
        yield value.removeprefix(REF)


def _describe(schema: Json, model: type[BaseModel]) -> None:
    said = told_of(model)
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
def told_of(model: type[BaseModel]) -> dict[str, str]:
    """What the text under each field says, by field; pydantic could read it too, but at every cold start."""
    told: dict[str, str] = {}
    for kind in reversed(model.__mro__):
        if issubclass(kind, BaseModel) and kind is not BaseModel:
            told |= _texts(kind)
    return told


def _texts(kind: type) -> dict[str, str]:
    (found,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    body = found.body if isinstance(found, ast.ClassDef) else []
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def _states() -> str:
    lines = [
        f"- `{status}` may become {', '.join(f'`{name}`' for name in sorted(after)) or 'nothing else'}"
        for status, after in TRANSITIONS.items()
    ]
    return "\n".join(["Where a job stands.", "", *lines])
