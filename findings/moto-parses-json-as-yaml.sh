#!/bin/sh
# moto's CloudFormation reads a JSON template with PyYAML, a hundred times slower than as JSON; indented by tabs, it is
# read as JSON. (moto 5.2.5, moto/cloudformation/models.py: Stack.parse_template; PyYAML 6.0.3)
# local/deploy.py indents by tabs for that reason. Exits 1 when moto has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q --disable-pip-version-check install 'moto[cloudformation]==5.2.5' 'PyYAML==6.0.3'
"$folder/venv/bin/python" - <<'PYTHON'
import json
import sys
import time
from importlib.metadata import version

from moto.cloudformation.models import Stack

queue = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 30, "Tags": [{"Key": "a", "Value": "b"}]}}
template = {"Resources": {f"Queue{number}": queue for number in range(500)}}


def seconds(text):
    began = time.process_time()
    assert Stack.parse_template(text) == template
    return time.process_time() - began


plain, tabs = seconds(json.dumps(template)), seconds(json.dumps(template, indent="\t"))
print(f"moto {version('moto')}, PyYAML {version('PyYAML')}: one template of {len(json.dumps(template))} bytes")
print(f"as json.dumps writes it  {plain * 1000:7.1f} ms")
print(f"indented by tabs         {tabs * 1000:7.1f} ms")
print(f"ratio                    {plain / tabs:7.1f}")
sys.exit(plain < 5 * tabs)
PYTHON
