#!/bin/sh
# moto 5.2.5: CloudFormation parses a JSON template with PyYAML (6.0.3), which takes a hundred times as long as a JSON
# parser. PyYAML rejects tabs at once, so a template indented by tabs is parsed as JSON.
# (moto/cloudformation/models.py: parse_template.)
# Expected: indentation makes no difference for JSON.
# Seen: "ratio 298".
# Because of this, local/cloud/deploy.py indents by tabs. Exits 1 when the behaviour has changed.
set -eu
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
python3 -m venv "$here/venv"
# Only the imports of moto.cloudformation: the extra moto[cloudformation] also installs cfn-lint and docker.
"$here/venv/bin/pip" install -q --disable-pip-version-check --no-compile --no-deps \
  moto==5.2.5 annotated-types==0.8.0 attrs==26.1.0 boto3==1.44.5 botocore==1.44.5 certifi==2026.10.18 cffi==2.1.1 \
  charset-normalizer==3.5.2 cryptography==50.0.2 idna==3.20 Jinja2==3.1.6 jmespath==1.1.0 jsonpointer==3.12 \
  jsonschema==4.26.0 jsonschema-path==0.5.0 jsonschema_rs==0.60.3 jsonschema-specifications==2025.9.1 \
  lazy-object-proxy==1.13.0 MarkupSafe==3.0.4 openapi-schema-validator==0.9.0 openapi-spec-validator==0.9.0 \
  pathable==0.6.0 pycparser==3.0 pydantic==2.14.3 pydantic_core==2.50.4 pydantic-settings==2.16.3 \
  python-dateutil==2.9.0.post0 python-dotenv==1.2.4 PyYAML==6.0.3 referencing==0.37.0 requests==2.34.2 \
  responses==0.26.3 rfc3339-validator==0.1.4 rpds-py==2026.9.1 s3transfer==0.19.3 six==1.17.0 \
  typing_extensions==4.16.0 typing-inspection==0.4.5 urllib3==2.8.0 Werkzeug==3.1.9 xmltodict==1.0.4
"$here/venv/bin/python" - <<'PYTHON'
import json
import sys
import time
from importlib.metadata import version

from moto.cloudformation.models import Stack

queue = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 30, "Tags": [{"Key": "a", "Value": "b"}]}}
template = {"Resources": {f"Queue{number}": queue for number in range(500)}}


def seconds(text):
    began = time.process_time()
    parsed = Stack.parse_template(text)
    taken = time.process_time() - began
    if parsed != template:
        sys.exit("CHANGED: the template is read as something else")
    return taken


plain, tabs = seconds(json.dumps(template)), seconds(json.dumps(template, indent="\t"))
print(f"moto {version('moto')}, PyYAML {version('PyYAML')}: one template of {len(json.dumps(template))} bytes")
print(f"as json.dumps writes it  {plain * 1000:7.1f} ms")
print(f"indented by tabs         {tabs * 1000:7.1f} ms")
print(f"ratio                    {plain / tabs:7.1f}")
sys.exit(0 if plain > 5 * tabs else 1)
PYTHON
