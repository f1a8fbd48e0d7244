#!/bin/sh
# Powertools for AWS Lambda (Python) 3.37.0, Logger: AWS_LAMBDA_LOG_LEVEL, which Lambda sets for every function with
# JSON logs, overrides POWERTOOLS_LOG_LEVEL and the level in the code, whether it is higher or lower. Lambda's lowest
# level, TRACE, becomes NOTSET: the level of the root logger. If the root logger has no level, TRACE writes less than
# INFO.
# Source: https://docs.aws.amazon.com/powertools/python/latest/core/logger/ (Advanced Logging Controls) says that
# Lambda's level comes first; it does not mention TRACE.
# Seen: with TRACE "writes: WARNING ERROR", with INFO "writes: INFO WARNING ERROR".
# Exits 0 while Powertools behaves like this, 1 when the behaviour has changed.
set -eu

PYTHON="${PYTHON:-python3}"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
"$PYTHON" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check --no-compile aws-lambda-powertools==3.37.0

cat > "$folder/say.py" <<'PROGRAM'
import json
import sys
import warnings

from aws_lambda_powertools import Logger

warnings.simplefilter("ignore")  # Powertools warns of a level that Lambda's is above
logger = Logger(service="finding", **({"level": sys.argv[1]} if len(sys.argv) > 1 else {}))
for level in ("debug", "info", "warning", "error"):
    getattr(logger, level)("said")
PROGRAM

written() {
  "$folder/venv/bin/python" "$folder/say.py" ${3:+"$3"} | "$folder/venv/bin/python" -c \
    'import json, sys; print(" ".join(json.loads(line)["level"] for line in sys.stdin))'
}

# check LAMBDA_LEVEL POWERTOOLS_LEVEL LEVEL_IN_CODE EXPECTED
check() {
  unset AWS_LAMBDA_LOG_LEVEL POWERTOOLS_LOG_LEVEL
  if [ -n "$1" ]; then export AWS_LAMBDA_LOG_LEVEL="$1"; fi
  if [ -n "$2" ]; then export POWERTOOLS_LOG_LEVEL="$2"; fi
  seen="$(written "$1" "$2" "$3")"
  echo "AWS_LAMBDA_LOG_LEVEL=$1 POWERTOOLS_LOG_LEVEL=$2 level=$3 writes: $seen"
  [ "$seen" = "$4" ] || { echo "CHANGED: expected $4"; exit 1; }
}

"$folder/venv/bin/python" -c 'from importlib.metadata import version; print("Powertools", version("aws-lambda-powertools"))'
check "" DEBUG "" "DEBUG INFO WARNING ERROR"
check INFO DEBUG "" "INFO WARNING ERROR"
check INFO ERROR "" "INFO WARNING ERROR"
check INFO "" ERROR "INFO WARNING ERROR"
check WARN "" "" "WARNING ERROR"
check TRACE "" "" "WARNING ERROR"
check TRACE DEBUG "" "WARNING ERROR"
