#!/bin/sh
# Powertools for AWS Lambda (Python) 3.37.0: the time of a Logger's line does not follow RFC 3339 unless use_rfc3339 is
# set. A line of metrics (EMF) has neither a level nor such a time. Lambda's log-level filtering treats both as INFO,
# so that ApplicationLogLevel WARN drops them: errors and metrics.
# Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html ("If the "level" value
# field is invalid or missing …"). The script shows the output of Powertools; Lambda's filtering needs an AWS account.
# Seen: "plain: level ERROR, time by RFC 3339: False", "metrics: level None, time by RFC 3339: False".
# Exits 0 while Powertools behaves like this, 1 when the behaviour has changed.
set -eu

PYTHON="${PYTHON:-python3}"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
"$PYTHON" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check --no-compile aws-lambda-powertools==3.37.0

cat > "$folder/say.py" <<'PROGRAM'
from aws_lambda_powertools import Logger, Metrics

Logger(service="plain").error("said")
Logger(service="rfc3339", use_rfc3339=True).error("said")
metrics = Metrics(namespace="Finding", service="metrics")
metrics.add_metric(name="Seen", unit="Count", value=1)
metrics.flush_metrics()
PROGRAM

cat > "$folder/read.py" <<'PROGRAM'
import json
import re
import sys

RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
expected = {"plain": ("ERROR", False), "rfc3339": ("ERROR", True), "metrics": (None, False)}
found = {}
for text in sys.stdin:
    print(text, end="")
    line = json.loads(text)
    found[line["service"]] = (line.get("level"), bool(RFC3339.fullmatch(line.get("timestamp", ""))))
for service, (level, valid) in found.items():
    print(f"{service}: level {level}, time by RFC 3339: {valid}")
if found != expected:
    sys.exit(f"CHANGED: expected {expected}")
PROGRAM

"$folder/venv/bin/python" -c 'from importlib.metadata import version; print("Powertools", version("aws-lambda-powertools"))'
"$folder/venv/bin/python" "$folder/say.py" > "$folder/lines"
"$folder/venv/bin/python" "$folder/read.py" < "$folder/lines"
