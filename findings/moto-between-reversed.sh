#!/bin/sh
# moto 5.2.5 returns no items for a Query whose BETWEEN has its upper bound below its lower bound; DynamoDB refuses it.
# DynamoDB Local 3.3.1 returns, as AWS does, "ValidationException: The BETWEEN operator requires upper bound to be
# greater than or equal to lower bound". A list from `since` to an earlier `until` therefore works on moto and fails on
# AWS.
# Expected: an empty range is empty everywhere.
# Seen: "BETWEEN '9' AND '1': 0 items".
# Exits 0 while moto behaves like this, 1 when the behaviour has changed.
set -eu
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
python3 -m venv "$here/venv"
# Only the imports of these modules: moto's extras install much more.
"$here/venv/bin/pip" install -q --disable-pip-version-check --no-compile --no-deps \
  moto==5.2.5 boto3==1.44.5 botocore==1.44.5 certifi==2026.10.18 cffi==2.1.1 charset-normalizer==3.5.2 \
  cryptography==50.0.2 idna==3.20 Jinja2==3.1.6 jmespath==1.1.0 MarkupSafe==3.0.4 pycparser==3.0 \
  python-dateutil==2.9.0.post0 PyYAML==6.0.3 requests==2.34.2 responses==0.26.3 s3transfer==0.19.3 six==1.17.0 \
  typing_extensions==4.16.0 urllib3==2.8.0 Werkzeug==3.1.9 xmltodict==1.0.4
export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=us-east-1
"$here/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws

KEY = [{"AttributeName": "job", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}]
with mock_aws():
    client = boto3.client("dynamodb")
    kinds = [{"AttributeName": name["AttributeName"], "AttributeType": "S"} for name in KEY]
    client.create_table(
        TableName="jobs", KeySchema=KEY, AttributeDefinitions=kinds, BillingMode="PAY_PER_REQUEST"
    )
    try:
        found = client.query(
            TableName="jobs",
            KeyConditionExpression="job = :job AND #at BETWEEN :low AND :high",
            ExpressionAttributeNames={"#at": "at"},
            ExpressionAttributeValues={":job": {"S": "a"}, ":low": {"S": "9"}, ":high": {"S": "1"}},
        )
        told = f"{found['Count']} items"
    except ClientError as error:
        told = str(error)
print("moto", version("moto"), "-> BETWEEN '9' AND '1':", told)
raise SystemExit(0 if told == "0 items" else 1)
PYTHON
