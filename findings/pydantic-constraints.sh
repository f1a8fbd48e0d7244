#!/bin/sh
# pydantic: bounds that stand behind a BeforeValidator come into the JSON schema as `ge` and `le`, which no reader of
# JSON Schema knows; and a tuple whose only item is wrong is told to be too short as well.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q --disable-pip-version-check install pydantic==2.14.3 2>/dev/null
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
assert behind == {"type": "integer", "ge": 1, "le": 100}
assert before == {"type": "integer", "minimum": 1, "maximum": 100}


def types(kind: type) -> list[str]:
    try:
        TypeAdapter(Annotated[kind, Field(min_length=1)]).validate_python(["x"])
    except ValidationError as error:
        return [one["type"] for one in error.errors()]
    return []


print("tuple[int, ...]:", types(tuple[int, ...]))
print("list[int]:", types(list[int]))
assert types(tuple[int, ...]) == ["int_parsing", "too_short"]
assert types(list[int]) == ["int_parsing"]
PY
echo "seen: ge and le in the schema, and a tuple of one wrong item that is too short"
