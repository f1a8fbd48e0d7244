#!/bin/sh
# openapi-python-client drops fields that stand beside a bare oneOf, and responses that narrow a component by allOf and
# const; it says so in warnings and exits with 0. The same contract told flat is kept whole.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q --disable-pip-version-check install openapi-python-client==0.29.1 2>/dev/null
PATH="$work/venv/bin:$PATH"
openapi-python-client --version

cat > "$work/make.py" <<'PY'
import json, sys
flat = {
    "type": "object",
    "required": ["status"],
    "properties": {
        "status": {"type": "string"},
        "commit": {"type": "string"},
        "numbers": {"type": "object", "additionalProperties": {"type": "number"}},
    },
}
either = {"oneOf": [{"required": ["commit"], "properties": {"commit": {"type": "string"}}},
                    {"required": ["status"], "properties": {"status": {"const": "forced"}}}]}
problem = {"type": "object", "required": ["status", "code"],
           "properties": {"status": {"type": "integer"}, "code": {"type": "string"}}}
ref = {"$ref": "#/components/schemas/Problem"}
narrowed = {"allOf": [ref, {"properties": {"status": {"const": 400}, "code": {"enum": ["bad"]}}}]}
composed = sys.argv[1] == "composed"
print(json.dumps({
    "openapi": "3.1.0",
    "info": {"title": "Sample", "version": "1"},
    "paths": {"/reports": {"post": {
        "operationId": "report",
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Report"}}}},
        "responses": {"200": {"description": "taken"}, "400": {"description": "refused", "content": {
            "application/problem+json": {"schema": narrowed if composed else ref}}}},
    }}},
    "components": {"schemas": {"Report": {**flat, **(either if composed else {})}, "Problem": problem}},
}))
PY
for form in composed flat; do
  python3 "$work/make.py" "$form" > "$work/$form.json"
  openapi-python-client generate --path "$work/$form.json" --output-path "$work/$form" > "$work/$form.log" 2>&1
  echo "== $form: exit $?"
  grep -c WARNING "$work/$form.log" | sed 's/^/warnings: /' || true
  grep -rlw numbers "$work/$form/sample_client/models" | sed "s|$work/||" || echo "no model has the field numbers"
  grep -q "Problem.from_dict" "$work/$form/sample_client/api/default/report.py" \
    && echo "the answer 400 is typed" || echo "the answer 400 is dropped"
done
grep -q "can't be merged" "$work/composed.log"
! grep -rqw numbers "$work/composed/sample_client/models"
! grep -q "from_dict" "$work/composed/sample_client/api/default/report.py"
! grep -q WARNING "$work/flat.log"
grep -rqw numbers "$work/flat/sample_client/models"
grep -q "Problem.from_dict" "$work/flat/sample_client/api/default/report.py"
echo "seen: fields and error types are lost in composed schemas, and kept in flat ones"
