#!/bin/sh
# moto 5.2.5, SQS: a message that a redrive policy moves to a dead-letter queue keeps its ApproximateReceiveCount. A
# dead-letter queue with a redrive policy of its own, and the same maxReceiveCount, therefore never delivers it: the
# first receive there moves it on.
#
# Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
# (ApproximateReceiveCount: "the number of times a message has been received across all queues but not deleted").
# Exits 0 when seen as described, 1 when the behaviour has changed.
set -eu

PYTHON="${PYTHON:-python3}"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
"$PYTHON" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip -q --disable-pip-version-check install 'moto[sqs]==5.2.5' boto3==1.44.2

cat > "$folder/chain.py" <<'PROGRAM'
import json
import os
import sys
from importlib.metadata import version

import boto3
from moto import mock_aws

os.environ.update(AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none", AWS_DEFAULT_REGION="us-east-1")


def chain(middle_limit: int) -> list[str]:
    """Receive counts of a message that nobody deletes, queue by queue: first (limit 2), middle, last."""
    with mock_aws():
        client = boto3.client("sqs")

        def queue(name: str, dead_letters: str | None = None, limit: int = 0) -> str:
            policy = json.dumps({"deadLetterTargetArn": dead_letters, "maxReceiveCount": limit})
            attributes = {"VisibilityTimeout": "0", **({"RedrivePolicy": policy} if dead_letters else {})}
            return client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

        def arn(url: str) -> str:
            found = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
            return found["Attributes"]["QueueArn"]

        last = queue("last")
        middle = queue("middle", arn(last), middle_limit)
        first = queue("first", arn(middle), 2)
        client.send_message(QueueUrl=first, MessageBody="hello")
        seen = []
        for name, url in (("first", first), ("middle", middle), ("last", last)):
            while messages := client.receive_message(
                QueueUrl=url, MessageSystemAttributeNames=["ApproximateReceiveCount"]
            ).get("Messages"):
                seen.append(f"{name}:{messages[0]['Attributes']['ApproximateReceiveCount']}")
                if name == "last":
                    client.delete_message(QueueUrl=url, ReceiptHandle=messages[0]["ReceiptHandle"])
        return seen


print("moto", version("moto"), "boto3", version("boto3"))
expected = {
    2: ["first:1", "first:2", "last:3"],
    4: ["first:1", "first:2", "middle:3", "middle:4", "last:5"],
}
for limit, wanted in expected.items():
    seen = chain(limit)
    print(f"limits 2 and {limit}: {' '.join(seen)}")
    if seen != wanted:
        sys.exit(f"CHANGED: expected {wanted}")
PROGRAM
"$folder/venv/bin/python" "$folder/chain.py"
