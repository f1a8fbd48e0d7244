#!/bin/sh
# Powertools for AWS Lambda (Python) 3.37.0: with validation, the HTTP resolver returns 415 for a JSON body whose
# content-type is `Application/JSON`.
# Expected: media types are case-insensitive (RFC 9110, 8.3.1).
# Seen: "application/json -> 200", "Application/JSON -> 415".
# Exits 0 while Powertools behaves like this, 1 when the behaviour has changed.
set -eu
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
python3 -m venv "$here/venv"
"$here/venv/bin/pip" install -q --disable-pip-version-check --no-compile aws-lambda-powertools==3.37.0 pydantic==2.14.3
POWERTOOLS_TRACE_DISABLED=1 "$here/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from pydantic import BaseModel

app = APIGatewayHttpResolver(enable_validation=True)


class Wanted(BaseModel):
    name: str


@app.post("/jobs")
def create(wanted: Wanted) -> dict[str, str]:
    return {"name": wanted.name}


def status(kind):
    event = {
        "version": "2.0",
        "rawPath": "/jobs",
        "rawQueryString": "",
        "headers": {"content-type": kind},
        "body": '{"name": "x"}',
        "isBase64Encoded": False,
        "requestContext": {"http": {"method": "POST", "path": "/jobs"}, "stage": "$default"},
    }
    return app.resolve(event, None)["statusCode"]


seen = {kind: status(kind) for kind in ("application/json", "Application/JSON")}
print("aws-lambda-powertools", version("aws-lambda-powertools"), "pydantic", version("pydantic"))
for kind, code in seen.items():
    print(f"content-type: {kind} -> {code}")
raise SystemExit(0 if seen == {"application/json": 200, "Application/JSON": 415} else 1)
PYTHON
