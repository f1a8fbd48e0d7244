#!/bin/sh
# moto 5.2.5, SQS: a message that a redrive policy moves to a dead-letter queue keeps its ApproximateReceiveCount. If
# the dead-letter queue has a redrive policy with the same maxReceiveCount, it never delivers the message: the first
# receive moves the message on.
# Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
# (ApproximateReceiveCount: "the number of times a message has been received across all queues but not deleted").
# Seen: "limits 2 and 2: first:1 first:2 last:3", with no receive in the middle queue.
# Exits 0 while moto behaves like this, 1 when the behaviour has changed.
set -eu

PYTHON="${PYTHON:-python3}"
here="$(mktemp -d)"
trap 'rm -rf "$here"' EXIT
"$PYTHON" -m venv "$here/venv"
# Only the imports of these modules: moto's extras install much more.
"$here/venv/bin/pip" install -q --disable-pip-version-check --no-compile --no-deps \
  moto==5.2.5 boto3==1.44.5 botocore==1.44.5 certifi==2026.10.18 cffi==2.1.1 charset-normalizer==3.5.2 \
  cryptography==50.0.2 idna==3.20 Jinja2==3.1.6 jmespath==1.1.0 MarkupSafe==3.0.4 pycparser==3.0 \
  python-dateutil==2.9.0.post0 PyYAML==6.0.3 requests==2.34.2 responses==0.26.3 s3transfer==0.19.3 six==1.17.0 \
  typing_extensions==4.16.0 urllib3==2.8.0 Werkzeug==3.1.9 xmltodict==1.0.4

cat > "$here/chain.py" <<'PROGRAM'
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
"$here/venv/bin/python" "$here/chain.py"
