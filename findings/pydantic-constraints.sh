#!/bin/sh
# pydantic 2.14.3: bounds after a BeforeValidator appear in the JSON schema as `ge` and `le`, which JSON Schema does
# not define. A tuple whose only item is invalid is also reported as too short.
# Seen: {'ge': 1, 'le': 100, 'type': 'integer'}, and ['int_parsing', 'too_short'] where a list has ['int_parsing'].
# Exits 0 while pydantic behaves like this, 1 when the behaviour has changed.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check --no-compile pydantic==2.14.3
"$work/venv/bin/python" - <<'PY'
from typing import Annotated

import pydantic
from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

print("pydantic", pydantic.VERSION)
same = BeforeValidator(lambda value: value)
behind = TypeAdapter(Annotated[int, same, Field(ge=1, le=100)]).json_schema()
before = TypeAdapter(Annotated[int, Field(ge=1, le=100), same]).json_schema()
print("bounds behind the validator:", behind)
print("bounds before the validator:", before)


def types(kind: type) -> list[str]:
    try:
        TypeAdapter(Annotated[kind, Field(min_length=1)]).validate_python(["x"])
    except ValidationError as error:
        return [one["type"] for one in error.errors()]
    return []


of_tuple, of_list = types(tuple[int, ...]), types(list[int])
print("tuple[int, ...]:", of_tuple)
print("list[int]:", of_list)
seen = behind, before, of_tuple, of_list
expected = (
    {"type": "integer", "ge": 1, "le": 100},
    {"type": "integer", "minimum": 1, "maximum": 100},
    ["int_parsing", "too_short"],
    ["int_parsing"],
)
raise SystemExit(0 if seen == expected else f"CHANGED: expected {expected}")
PY
echo "seen: ge and le in the schema, and a tuple with one invalid item reported as too short"
