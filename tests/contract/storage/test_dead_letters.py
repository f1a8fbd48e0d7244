"""Contract of a dead-letter queue and of the repair queue."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import boto3
import pytest

from mosaic.storage.dead_letters import AT_ONCE, DeadLetterQueue, DeadLetters
from mosaic.storage.job_queue import QueueUnavailable
from mosaic.storage.repair_queue import RepairQueue, RepairRequest
from tests.fakes.storage.dead_letters import FakeDeadLetters

NOWHERE = "https://sqs.us-east-1.amazonaws.com/123456789012/nowhere"


@pytest.fixture(params=["fake", "moto"])
def dead_letters(request: pytest.FixtureRequest) -> Iterator[DeadLetters]:
    if request.param == "fake":
        yield FakeDeadLetters(clock=lambda: datetime.now(UTC))
        return
    request.getfixturevalue("aws")
    client = boto3.client("sqs")
    yield DeadLetterQueue(client, client.create_queue(QueueName=uuid4().hex)["QueueUrl"])
    client.close()


def test_dead_letter_is_received_as_put(dead_letters: DeadLetters) -> None:
    dead_letters.put('{"é": "😀"}', "a reason")
    (dead_letter,) = dead_letters.receive()
    assert dead_letter.body == '{"é": "😀"}'


def test_received_dead_letter_is_hidden_until_released(dead_letters: DeadLetters) -> None:
    dead_letters.put("one", "")
    (dead_letter,) = dead_letters.receive()
    assert dead_letters.receive() == ()
    dead_letters.release(dead_letter)
    assert [received.body for received in dead_letters.receive()] == ["one"]


def test_hidden_dead_letter_reappears_after_timeout(
    dead_letters: DeadLetters, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("mosaic.storage.dead_letters", "tests.fakes.storage.dead_letters"):
        monkeypatch.setattr(f"{module}.HIDDEN_SECONDS", 1)
    dead_letters.put("one", "")
    assert dead_letters.receive()
    assert dead_letters.receive() == ()
    time.sleep(1.1)
    assert [received.body for received in dead_letters.receive()] == ["one"]


def test_deleted_dead_letter_never_returns(dead_letters: DeadLetters) -> None:
    dead_letters.put("one", "")
    (dead_letter,) = dead_letters.receive()
    dead_letters.delete(dead_letter)
    assert dead_letters.receive() == ()


def test_all_dead_letters_can_be_received_in_parts(dead_letters: DeadLetters) -> None:
    for number in range(AT_ONCE + 3):
        dead_letters.put(str(number), "")
    found: list[str] = []
    while received := dead_letters.receive():
        assert len(received) <= AT_ONCE
        found += (dead_letter.body for dead_letter in received)
    assert sorted(found, key=int) == [str(number) for number in range(AT_ONCE + 3)]


@pytest.mark.usefixtures("aws")
def test_unreachable_queue_raises() -> None:
    unreachable = DeadLetterQueue.connect(NOWHERE)
    with pytest.raises(QueueUnavailable):
        unreachable.put("one", "")
    with pytest.raises(QueueUnavailable):
        unreachable.receive()
    with pytest.raises(QueueUnavailable):
        RepairQueue.connect(NOWHERE).request(
            RepairRequest(workspace_id="demo", job_id="J", actor="token:ada")
        )


@pytest.mark.usefixtures("aws")
def test_repair_request_names_job_and_actor() -> None:
    client = boto3.client("sqs")
    url = client.create_queue(QueueName=uuid4().hex)["QueueUrl"]
    request = RepairRequest(workspace_id="demo", job_id="J", actor="token:ada")
    RepairQueue(client, url).request(request)
    (message,) = client.receive_message(QueueUrl=url)["Messages"]
    assert RepairRequest.model_validate_json(message["Body"]) == request
    client.close()
