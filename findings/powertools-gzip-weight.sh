#!/bin/sh
# Powertools for AWS Lambda (Python) 3.37.0 compresses with gzip for a client that does not accept gzip:
# "Accept-Encoding: gzip;q=0".
# Expected: compress=True follows RFC 9110, 12.5.3, where the weight 0 means "not acceptable".
# Seen: "Accept-Encoding: gzip;q=0 -> gzip", and "GZIP -> identity", although names of codings are case-insensitive.
# Exits 0 while Powertools behaves like this, 1 when the behaviour has changed.
set -eu
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
python3 -m venv "$here/venv"
"$here/venv/bin/pip" install -q --disable-pip-version-check --no-compile aws-lambda-powertools==3.37.0
"$here/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

app = APIGatewayHttpResolver()


@app.get("/", compress=True)
def answer():
    return {"text": "text " * 1000}


def sent(accepted):
    event = {
        "version": "2.0",
        "routeKey": "GET /",
        "rawPath": "/",
        "headers": {"accept-encoding": accepted},
        "requestContext": {"http": {"method": "GET", "path": "/"}, "stage": "$default"},
    }
    return app.resolve(event, None)["headers"].get("Content-Encoding", "identity")


told = {accepted: sent(accepted) for accepted in ("gzip", "gzip;q=0", "identity", "GZIP")}
print("aws-lambda-powertools", version("aws-lambda-powertools"))
for accepted, encoding in told.items():
    print(f"Accept-Encoding: {accepted} -> {encoding}")
raise SystemExit(0 if told == {"gzip": "gzip", "gzip;q=0": "gzip", "identity": "identity", "GZIP": "identity"} else 1)
PYTHON
