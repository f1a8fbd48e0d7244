#!/bin/sh
# cfn-lint 1.58.0 does not report a circular dependency (E3004) of a SAM template, but reports it after the SAM
# transform. Version 1.53.3 transformed the file itself and reported it for both.
# Expected: the same report for both files.
# Source: https://github.com/aws-cloudformation/cfn-lint/releases, rule E3004.
# Seen: "cfn-lint 1.58.0 on the SAM file: 0 circular dependencies", and 5 "after the transform".
# Exits 0 while cfn-lint behaves like this, 1 when the behaviour has changed.
set -eu

PYTHON="${PYTHON:-python3}"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT

# Only the imports of these modules.
"$PYTHON" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check --no-compile --no-deps \
  cfn-lint==1.58.0 aws-sam-translator==1.115.0 annotated-types==0.8.0 attrs==26.1.0 boto3==1.44.5 botocore==1.44.5 \
  jmespath==1.1.0 jsonpatch==1.47 jsonpointer==3.12 jsonschema==4.26.0 jsonschema-specifications==2025.9.1 mpmath==1.3.0 \
  networkx==3.6.1 pydantic==2.14.3 pydantic_core==2.50.4 python-dateutil==2.9.0.post0 PyYAML==6.0.3 \
  referencing==0.37.0 regex==2026.11.15 rpds-py==2026.9.1 s3transfer==0.19.3 six==1.17.0 sympy==1.14.0 \
  typing_extensions==4.16.0 typing-inspection==0.4.5 urllib3==2.8.0

# The alias of Caller depends on its deployment group, the group on the role, the role on Worker, Worker on the API's
# URL, and the API on the alias of Caller.
cat > "$folder/sam.yaml" <<'TEMPLATE'
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    CodeUri: s3://bucket/code.zip
    Handler: app.handler
    Runtime: python3.13
    AutoPublishAlias: live
    DeploymentPreference: { Type: AllAtOnce, Role: !GetAtt DeploymentRole.Arn }
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties: {}
  Caller:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Get: { Type: HttpApi, Properties: { ApiId: !Ref Api, Method: GET, Path: / } }
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Environment: { Variables: { API_URL: !Sub "https://${Api}.execute-api.${AWS::Region}.amazonaws.com" } }
  DeploymentRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Action: "sts:AssumeRole", Principal: { Service: codedeploy.amazonaws.com } }]
      Policies:
        - PolicyName: move-aliases
          PolicyDocument:
            Version: "2012-10-17"
            Statement: [{ Effect: Allow, Action: "lambda:UpdateAlias", Resource: !Sub "${Worker.Arn}:live" }]
TEMPLATE

cat > "$folder/transform.py" <<'PROGRAM'
import json
import sys

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

session = boto3.Session("none", "none", region_name="us-east-1")
source = yaml_parse(open(sys.argv[1]).read())
json.dump(Translator(None, Parser(), boto_session=session).translate(source, {}), open(sys.argv[2], "w"))
PROGRAM

cat > "$folder/lint.py" <<'PROGRAM'
import sys

from cfnlint.runner import main
from cfnlint.version import __version__

print("cfn-lint", __version__, flush=True)
sys.argv[0] = "cfn-lint"
main()
PROGRAM

# check WHAT FILE CIRCLES. cfn-lint's exit code is a sum: 2 errors, 4 warnings, 8 informational.
check() {
  code=0
  "$folder/venv/bin/python" "$folder/lint.py" --regions us-east-1 --format parseable -- "$2" \
    > "$folder/lint.log" 2>&1 || code=$?
  # E0000 to E0003: it could not read the file or has failed. An exit code of 1 is a Python error.
  if [ "$((code % 2))" != 0 ] || ! grep -qx "cfn-lint 1.58.0" "$folder/lint.log" || grep -q ':E000[0-9]:' "$folder/lint.log"; then
    cat "$folder/lint.log"
    echo "CHANGED: cfn-lint 1.58.0 did not check $1"
    exit 1
  fi
  seen=$(grep -c ':E3004:' "$folder/lint.log" || true)
  echo "cfn-lint 1.58.0 $1: $seen circular dependencies (expected $3), exit code $code"
  if [ "$seen" != "$3" ]; then echo "CHANGED: cfn-lint 1.58.0 $1"; exit 1; fi
}

"$folder/venv/bin/python" "$folder/transform.py" "$folder/sam.yaml" "$folder/plain.json" 2> "$folder/transform.log" \
  || { cat "$folder/transform.log"; exit 1; }

check "on the SAM file" "$folder/sam.yaml" 0
check "after the transform" "$folder/plain.json" 5
