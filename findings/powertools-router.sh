#!/bin/sh
# Powertools for AWS Lambda: the HTTP resolver answers 415 to `Application/JSON`, though media types have no case, and
# takes an id with a line break behind it for the id itself, since `$` stands before a last line break too.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q --disable-pip-version-check install aws-lambda-powertools==3.37.0 pydantic==2.14.3 2>/dev/null
POWERTOOLS_TRACE_DISABLED=1 "$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from pydantic import BaseModel

print("aws-lambda-powertools", version("aws-lambda-powertools"))
app = APIGatewayHttpResolver(enable_validation=True)


class Wanted(BaseModel):
    name: str


@app.post("/jobs")
def create(wanted: Wanted) -> dict[str, str]:
    return {"name": wanted.name}


@app.get("/jobs/<job_id>")
def show(job_id: str) -> dict[str, str]:
    return {"id": job_id}


def ask(method, path, body="", **headers):
    return app.resolve({
        "version": "2.0", "rawPath": path, "rawQueryString": "", "headers": headers, "body": body,
        "isBase64Encoded": False,
        "requestContext": {"http": {"method": method, "path": path}, "stage": "$default"},
    }, None)


seen = [ask("POST", "/jobs", '{"name": "x"}', **{"content-type": kind})["statusCode"]
        for kind in ("application/json", "Application/JSON")]
print("application/json, Application/JSON:", seen)
broken = ask("GET", "/jobs/abc\n")
print("GET /jobs/abc%0A:", broken["statusCode"], broken["body"])
assert seen == [200, 415]
assert (broken["statusCode"], broken["body"]) == (200, '{"id":"abc"}')
PY
echo "seen: 415 by letter case, and an id without its line break"
