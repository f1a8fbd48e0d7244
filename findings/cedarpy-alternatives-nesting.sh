#!/bin/sh
# cedarpy 4.12.2: a policy with 99 alternatives in a row is refused, because each `||` counts as a level of nesting.
# Expected: a row of alternatives is one level, or a limit that the documentation names.
# Seen: 98 alternatives are read; 99 give "expression nesting exceeds the supported limit of 100 levels".
# Exits 0 while cedarpy behaves like this, 1 when the behaviour has changed.
set -eu
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
python3 -m venv "$here/venv"
"$here/venv/bin/pip" install -q --disable-pip-version-check --no-compile cedarpy==4.12.2
"$here/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import cedarpy


def read(count, operator):
    condition = operator.join(f'context.branch == "b{number}"' for number in range(count))
    try:
        cedarpy.policies_to_pst("permit (principal, action, resource) when { %s };" % condition)
    except ValueError as error:
        return str(error)
    return "read"


print("cedarpy", version("cedarpy"))
seen = {(count, operator): read(count, operator) for operator in (" || ", " && ") for count in (98, 99)}
for (count, operator), result in seen.items():
    print(f"{count} comparisons joined by{operator}-> {result}")
limit = "cedarpy: expression nesting exceeds the supported limit of 100 levels"
expected = {key: "read" if key[0] == 98 else limit for key in seen}
raise SystemExit(0 if seen == expected else 1)
PYTHON
