"""What the flows may expect of a dead-letter queue, and of the queue that repairs are asked for by."""

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
from tests.fakes.dead_letters import FakeDeadLetters

NOWHERE = "https://sqs.us-east-1.amazonaws.com/123456789012/nowhere"


@pytest.fixture(params=["fake", "moto"])
def letters(request: pytest.FixtureRequest) -> Iterator[DeadLetters]:
    if request.param == "fake":
        yield FakeDeadLetters(clock=lambda: datetime.now(UTC))
        return
    request.getfixturevalue("aws")
    client = boto3.client("sqs")
    yield DeadLetterQueue(client, client.create_queue(QueueName=uuid4().hex)["QueueUrl"])
    client.close()


def test_a_letter_comes_back_as_it_was_put(letters: DeadLetters) -> None:
    letters.put('{"é": "😀"}', "a reason")
    (letter,) = letters.receive()
    assert letter.body == '{"é": "😀"}'


def test_who_takes_a_letter_has_it_alone_until_it_is_left(letters: DeadLetters) -> None:
    letters.put("one", "")
    (letter,) = letters.receive()
    assert letters.receive() == ()
    letters.release(letter)
    assert [again.body for again in letters.receive()] == ["one"]


def test_a_letter_of_somebody_who_never_comes_back_can_be_taken_again(
    letters: DeadLetters, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("mosaic.storage.dead_letters", "tests.fakes.dead_letters"):
        monkeypatch.setattr(f"{module}.HIDDEN_SECONDS", 1)
    letters.put("one", "")
    assert letters.receive()
    assert letters.receive() == ()
    time.sleep(1.1)
    assert [again.body for again in letters.receive()] == ["one"]


def test_a_letter_that_is_dropped_never_comes_back(letters: DeadLetters) -> None:
    letters.put("one", "")
    (letter,) = letters.receive()
    letters.delete(letter)
    assert letters.receive() == ()


def test_all_can_be_taken_some_at_a_time(letters: DeadLetters) -> None:
    for number in range(AT_ONCE + 3):
        letters.put(str(number), "")
    found: list[str] = []
    while taken := letters.receive():
        assert len(taken) <= AT_ONCE
        found += (letter.body for letter in taken)
    assert sorted(found, key=int) == [str(number) for number in range(AT_ONCE + 3)]


@pytest.mark.usefixtures("aws")
def test_a_queue_that_cannot_be_reached_says_so() -> None:
    away = DeadLetterQueue.connect(NOWHERE)
    with pytest.raises(QueueUnavailable):
        away.put("one", "")
    with pytest.raises(QueueUnavailable):
        away.receive()
    with pytest.raises(QueueUnavailable):
        RepairQueue.connect(NOWHERE).request(RepairRequest(workspace_id="demo", job_id="J", actor="token:ada"))


@pytest.mark.usefixtures("aws")
def test_a_repair_is_asked_for_by_name() -> None:
    client = boto3.client("sqs")
    url = client.create_queue(QueueName=uuid4().hex)["QueueUrl"]
    request = RepairRequest(workspace_id="demo", job_id="J", actor="token:ada")
    RepairQueue(client, url).request(request)
    (message,) = client.receive_message(QueueUrl=url)["Messages"]
    assert RepairRequest.model_validate_json(message["Body"]) == request
    client.close()
