#!/bin/sh
# moto answers a Query whose BETWEEN has its upper bound below its lower one with no items; DynamoDB refuses it.
# A good guess: a range that holds nothing is empty everywhere. DynamoDB Local 3.3.1 answers, as AWS does,
# "ValidationException: The BETWEEN operator requires upper bound to be greater than or equal to lower bound",
# so a list from `since` to an earlier `until` passes on moto and fails on AWS.
# Exits 0 while moto behaves so, 1 when it does not.
set -eu
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
python3 -m venv "$here/venv"
"$here/venv/bin/pip" -qq --disable-pip-version-check install boto3 'moto[dynamodb]==5.2.5'
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
