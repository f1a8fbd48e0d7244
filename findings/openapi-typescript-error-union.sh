#!/bin/sh
# openapi-typescript 7.13.0 makes a request field with a `default` a required field. With openapi-fetch 0.17.0, one
# error response without content (429, 5XX) breaks the narrowing by `if (error)`: data stays possibly undefined.
# Seen: "Property 'priority' is missing" and "'data' is possibly 'undefined'", by TypeScript 5.9.3.
# Exits 0 while both behave like this, 1 when the behaviour has changed. Needs npm.
set -eu
command -v npm >/dev/null || { echo "npm is needed" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"type": "module", "private": true}' > package.json
npm install --loglevel=error --ignore-scripts --no-audit --no-fund openapi-typescript@7.13.0 openapi-fetch@0.17.0 typescript@5.9.3
PATH="$work/node_modules/.bin:$PATH"
npm ls --depth=0

document() { # DEFAULT CONTENT
  cat <<JSON
{"openapi": "3.1.0", "info": {"title": "Sample", "version": "1"}, "paths": {"/jobs": {"post": {
 "requestBody": {"required": true, "content": {"application/json": {"schema": {"\$ref": "#/components/schemas/Wanted"}}}},
 "responses": {
  "200": {"description": "made", "content": {"application/json": {"schema": {"\$ref": "#/components/schemas/Job"}}}},
  "422": {"description": "refused", "content": {"application/json": {"schema": {"\$ref": "#/components/schemas/Problem"}}}},
  "429": {"description": "too many" $2}}}}},
 "components": {"schemas": {
  "Wanted": {"type": "object", "required": ["type"], "properties": {"type": {"type": "string"}, "priority": {"type": "integer" $1}}},
  "Job": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
  "Problem": {"type": "object", "required": ["code"], "properties": {"code": {"type": "string"}}}}}}
JSON
}
cat > use.ts <<'TS'
import createClient from "openapi-fetch";
import type { paths } from "./api.js";
const client = createClient<paths>({ baseUrl: "http://127.0.0.1" });
const { data, error } = await client.POST("/jobs", { body: { type: "task" } });
if (error) throw new Error(error.code);
export const id: string = data.id;
TS
# check NAME MESSAGE: the compiler reports this one error in use.ts, or none.
check() {
  openapi-typescript "$1.json" -o api.ts > make.log 2>&1 || { cat make.log; exit 1; }
  code=0
  tsc --noEmit --strict --target es2022 --module nodenext --skipLibCheck use.ts > "$1.log" 2>&1 || code=$?
  echo "== $1: exit $code"
  cut -c1-110 "$1.log"
  if [ -z "$2" ]; then
    if [ "$code" != 0 ]; then echo "CHANGED: expected to compile"; exit 1; fi
  else
    if [ "$code" = 0 ] || ! grep -qF "$2" "$1.log"; then echo "CHANGED: expected: $2"; exit 1; fi
  fi
}

content=', "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}'
document ', "default": 5' "$content" > default.json
document '' '' > empty.json
document '' "$content" > told.json
check default "Property 'priority' is missing"
check empty "'data' is possibly 'undefined'"
check told ""
echo "seen: a default makes a field required, and an error without content breaks the narrowing"
