#!/bin/sh
# cfn-lint reports no circular dependency (E3004) on a SAM template, and reports it on what the SAM transform makes
# of that template. cfn-lint 1.53.3 still transformed the file itself and reported it on both; 1.58.0 does not.
#
# Source: https://github.com/aws-cloudformation/cfn-lint/releases, rule E3004.
# Exits 0 when seen as described, 1 when the behaviour has changed.
set -eu

PYTHON="${PYTHON:-python3}"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT

# One set of dependencies serves both versions.
"$PYTHON" -m venv "$folder/venv"
pip() { "$folder/venv/bin/python" -m pip -q --disable-pip-version-check install --no-compile "$@"; }
pip cfn-lint==1.58.0 aws-sam-translator==1.115.0
pip --no-deps --target "$folder/1.53.3" cfn-lint==1.53.3
pip --no-deps --target "$folder/1.58.0" cfn-lint==1.58.0

# The alias of Caller waits for its deployment group, that for the role, the role for Worker, Worker for the API's
# URL, and the API for the alias of Caller.
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

lint() {
  version="$1"
  shift
  PYTHONPATH="$folder/$version" "$folder/venv/bin/python" -c "import sys; from cfnlint.runner import main; sys.argv[0] = 'cfn-lint'; main()" "$@"
}

circles() {
  lint "$1" --regions us-east-1 --format parseable -- "$2" 2>&1 | grep -c ':E3004:' || true
}

check() {
  echo "$1: $3 circular dependencies (expected $2)"
  [ "$2" = "$3" ] || { echo "CHANGED: $1"; exit 1; }
}

for version in 1.53.3 1.58.0; do
  lint "$version" --version
done
"$folder/venv/bin/python" "$folder/transform.py" "$folder/sam.yaml" "$folder/plain.json" 2> "$folder/transform.log" \
  || { cat "$folder/transform.log"; exit 1; }

check "cfn-lint 1.53.3 on the SAM file" 5 "$(circles 1.53.3 "$folder/sam.yaml")"
check "cfn-lint 1.58.0 on the SAM file" 0 "$(circles 1.58.0 "$folder/sam.yaml")"
check "cfn-lint 1.58.0 after the transform" 5 "$(circles 1.58.0 "$folder/plain.json")"
