#!/bin/sh
# openapi-python-client 0.29.1 drops fields beside a bare oneOf without a message. It drops responses that narrow a
# component by allOf and const with a warning. Its exit code is 0. The same contract without composition is generated
# in full.
# Seen: "composed: exit 0, 1 warnings; field numbers: no model; answer 400: dropped"; for "flat" all is generated.
# Exits 0 while the generator behaves like this, 1 when the behaviour has changed.
set -eu
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
python3 -m venv "$here/venv"
"$here/venv/bin/pip" install -q --disable-pip-version-check --no-compile openapi-python-client==0.29.1
PATH="$here/venv/bin:$PATH"
openapi-python-client --version

cat > "$here/make.py" <<'PYTHON'
import json
import sys

flat = {
    "type": "object",
    "required": ["status"],
    "properties": {
        "status": {"type": "string"},
        "commit": {"type": "string"},
        "numbers": {"type": "object", "additionalProperties": {"type": "number"}},
    },
}
either = {
    "oneOf": [
        {"required": ["commit"], "properties": {"commit": {"type": "string"}}},
        {"required": ["status"], "properties": {"status": {"const": "forced"}}},
    ]
}
problem = {
    "type": "object",
    "required": ["status", "code"],
    "properties": {"status": {"type": "integer"}, "code": {"type": "string"}},
}
ref = {"$ref": "#/components/schemas/Problem"}
narrowed = {"allOf": [ref, {"properties": {"status": {"const": 400}, "code": {"enum": ["bad"]}}}]}
composed = sys.argv[1] == "composed"
report = {
    "operationId": "report",
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Report"}}},
    },
    "responses": {
        "200": {"description": "taken"},
        "400": {
            "description": "refused",
            "content": {"application/problem+json": {"schema": narrowed if composed else ref}},
        },
    },
}
document = {
    "openapi": "3.1.0",
    "info": {"title": "Sample", "version": "1"},
    "paths": {"/reports": {"post": report}},
    "components": {"schemas": {"Report": {**flat, **(either if composed else {})}, "Problem": problem}},
}
print(json.dumps(document))
PYTHON

# Prints the generator's result: its exit code, its warnings, the field and the answer.
made() {
  code=0
  openapi-python-client generate --path "$here/$1.json" --output-path "$here/$1" > "$here/$1.log" 2>&1 || code=$?
  if [ ! -s "$here/$1/sample_client/api/default/report.py" ] || [ ! -d "$here/$1/sample_client/models" ]; then
    cat "$here/$1.log" >&2
    echo "exit $code, no client"
    return
  fi
  warnings=$(grep -c WARNING "$here/$1.log" || true)
  if grep -rqw numbers "$here/$1/sample_client/models"; then field="in a model"; else field="no model"; fi
  if grep -q "Problem.from_dict" "$here/$1/sample_client/api/default/report.py"; then answer=typed; else answer=dropped; fi
  echo "exit $code, $warnings warnings; field numbers: $field; answer 400: $answer"
}

check() {
  python3 "$here/make.py" "$1" > "$here/$1.json"
  seen=$(made "$1")
  echo "$1: $seen"
  if [ "$seen" != "$2" ]; then echo "CHANGED: expected $2"; exit 1; fi
}

check composed "exit 0, 1 warnings; field numbers: no model; answer 400: dropped"
check flat "exit 0, 0 warnings; field numbers: in a model; answer 400: typed"
if ! grep "can't be merged" "$here/composed.log"; then echo "CHANGED: no such warning"; exit 1; fi
