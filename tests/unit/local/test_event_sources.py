"""Queues, streams and secrets of the template work as on AWS."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from local.stack import LocalStack

Notes = Callable[[str], list[Any]]
Eventually = Callable[[Callable[[], Any]], Any]


def received(stack: LocalStack, queue: str) -> list[Any]:
    """Receives and deletes the messages of a queue."""
    client = stack.client("sqs")
    response = client.receive_message(QueueUrl=stack.resource(queue), MaxNumberOfMessages=10)
    return list(response.get("Messages", []))


def send(stack: LocalStack, *bodies: str) -> None:
    entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
    stack.client("sqs").send_message_batch(QueueUrl=stack.resource("WorkQueue"), Entries=entries)


def deliveries(notes: Notes, body: str) -> list[Any]:
    return [record for batch in notes("queue") for record in batch if record["body"] == body]


def test_message_has_lambda_event_format(stack: LocalStack, notes: Notes, eventually: Eventually) -> None:
    stack.client("sqs").send_message(
        QueueUrl=stack.resource("WorkQueue"),
        MessageBody="hello",
        MessageAttributes={
            "kind": {"DataType": "String", "StringValue": "greeting"},
            "raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
        },
    )

    [record] = eventually(lambda: deliveries(notes, "hello"))
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"].endswith(stack.resource("WorkQueue").rpartition("/")[2])
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["attributes"]["SentTimestamp"].isdecimal()
    assert record["messageAttributes"]["kind"]["stringValue"] == "greeting"
    assert record["messageAttributes"]["raw"]["binaryValue"] == "AAE="
    assert record["md5OfBody"] == "5d41402abc4b2a76b9719d911017c592"
    assert record["messageId"]
    assert record["receiptHandle"]


@pytest.mark.parametrize(
    ("bodies", "comes_again"),
    [
        (["one", "fail two", "three"], {"fail two"}),
        (["four", "raise"], {"four", "raise"}),
        (["five", "nonsense"], {"five", "nonsense"}),
    ],
    ids=["reported", "raised", "malformed"],
)
def test_failed_message_moves_to_dead_letter_queue(
    stack: LocalStack, notes: Notes, eventually: Eventually, bodies: list[str], comes_again: set[str]
) -> None:
    send(stack, *bodies)

    dead: set[str] = set()

    def all_dead() -> bool:
        dead.update(message["Body"] for message in received(stack, "DeadQueue"))
        return dead >= comes_again

    eventually(all_dead)
    counts = {body: len(deliveries(notes, body)) for body in bodies}
    assert counts == {body: 2 if body in comes_again else 1 for body in bodies}
    assert dead & set(bodies) == comes_again


def changes(notes: Notes, prefix: str) -> list[Any]:
    return [record for record in notes("stream") if record["dynamodb"]["Keys"]["id"]["S"].startswith(prefix)]


def keys(records: list[Any]) -> list[str]:
    return [record["dynamodb"]["Keys"]["id"]["S"] for record in records]


def put(stack: LocalStack, key: str, **attributes: Any) -> None:
    item = {"id": {"S": key}, **attributes}
    stack.client("dynamodb").put_item(TableName=stack.output("ItemsTableName"), Item=item)


def test_change_has_lambda_event_format(stack: LocalStack, notes: Notes, eventually: Eventually) -> None:
    put(stack, "form", n={"N": "1"}, raw={"B": b"\x00\x01"})
    put(stack, "form", n={"N": "1"}, raw={"B": b"\x00\x01"})
    put(stack, "form", n={"N": "2"}, raw={"B": b"\x00\x01"})
    stack.client("dynamodb").delete_item(TableName=stack.output("ItemsTableName"), Key={"id": {"S": "form"}})

    eventually(lambda: len(changes(notes, "form")) >= 3)
    inserted, modified, removed = changes(notes, "form")
    assert [record["eventName"] for record in (inserted, modified, removed)] == ["INSERT", "MODIFY", "REMOVE"]
    first = {"id": {"S": "form"}, "n": {"N": "1"}, "raw": {"B": "AAE="}}
    assert inserted["dynamodb"]["NewImage"] == first
    assert "OldImage" not in inserted["dynamodb"]
    assert modified["dynamodb"]["OldImage"] == first
    assert modified["dynamodb"]["NewImage"]["n"] == {"N": "2"}
    assert "NewImage" not in removed["dynamodb"]
    assert inserted["eventSource"] == "aws:dynamodb"
    assert "/stream/" in inserted["eventSourceARN"]
    assert isinstance(inserted["dynamodb"]["ApproximateCreationDateTime"], float)
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in (inserted, modified, removed)]
    assert numbers == sorted(numbers)


def test_retried_change_keeps_its_order(stack: LocalStack, notes: Notes, eventually: Eventually) -> None:
    for number in range(5):
        put(stack, f"order-{number}", fails={"N": "1" if number == 2 else "0"})

    eventually(lambda: len(changes(notes, "order")) >= 5)
    assert keys(changes(notes, "order")) == [f"order-{number}" for number in range(5)]


@pytest.mark.parametrize(
    "failure", [{"fails": {"N": "99"}}, {"raises": {"BOOL": True}}], ids=["reported", "raised"]
)
def test_failing_change_is_abandoned_alone(
    stack: LocalStack,
    notes: Notes,
    eventually: Eventually,
    request: pytest.FixtureRequest,
    failure: dict[str, Any],
) -> None:
    prefix = f"failing-{request.node.callspec.id}"
    put(stack, f"{prefix}-1")
    put(stack, f"{prefix}-2", **failure)
    put(stack, f"{prefix}-3")

    [message] = eventually(lambda: received(stack, "GivenUpQueue"))
    eventually(lambda: f"{prefix}-3" in keys(changes(notes, prefix)))
    done = list(dict.fromkeys(keys(changes(notes, prefix))))
    assert done == [f"{prefix}-1", f"{prefix}-3"]
    report = json.loads(message["Body"])
    assert report["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert report["requestContext"]["approximateInvokeCount"] == 2
    assert report["requestContext"]["functionArn"].endswith(stack.resource("StreamFunction"))
    batch = report["DDBStreamBatchInfo"]
    assert batch["batchSize"] == 1
    assert batch["startSequenceNumber"] == batch["endSequenceNumber"]
    assert batch["approximateArrivalOfFirstRecord"].endswith("Z")


def test_generated_secret_keeps_template_members(stack: LocalStack) -> None:
    answer = stack.client("secretsmanager").get_secret_value(SecretId=stack.output("SecretArn"))
    secret = json.loads(answer["SecretString"])

    assert secret["user"] == "ada"
    assert len(secret["key"]) == 40
    assert stack.resource("GeneratedSecret") == stack.output("SecretArn")


def test_function_can_be_invoked_directly(stack: LocalStack) -> None:
    event = {"routeKey": "POST /result", "body": '{"kind": "result", "result": [1, 2]}'}

    assert stack.invoke("WebFunction", event) == [1, 2]
