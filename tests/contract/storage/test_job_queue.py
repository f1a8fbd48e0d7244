"""Contract of the job queue."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mosaic.storage.job_queue import JobMessage, QueueUnavailable
from tests.fakes.storage.queue_backends import Consumer, QueueBackend, RedriveChain

MOST_RECEIVES = 2
MESSAGE = JobMessage(workspace_id="demo", job_id="01KGA000000000000000000000")


def test_message_names_job_in_its_workspace_group(
    backend: QueueBackend,
) -> None:
    backend.queue.send(MESSAGE)
    assert backend.received() == [
        {"workspaceId": "demo", "jobId": "01KGA000000000000000000000", "group": "demo"}
    ]


@pytest.mark.parametrize("delay", [1, 900, 901, 10**6])
def test_delayed_message_is_hidden(backend: QueueBackend, delay: int) -> None:
    backend.queue.send(MESSAGE, delay)
    assert backend.received() == []
    assert backend.delayed() == 1


def test_same_message_can_be_sent_twice(backend: QueueBackend) -> None:
    backend.queue.send(MESSAGE)
    backend.queue.send(MESSAGE)
    assert len(backend.received()) == 2


def test_unreachable_queue_raises(backend: QueueBackend) -> None:
    backend.make_unreachable()
    with pytest.raises(QueueUnavailable, match=MESSAGE.job_id):
        backend.queue.send(MESSAGE)


def test_undeleted_message_ends_in_dead_letters(
    consumer: Consumer,
) -> None:
    for _ in range(MOST_RECEIVES):
        assert consumer.receive() == MESSAGE.job_id
        assert consumer.receive() is None, "nobody else sees it meanwhile"
        consumer.show_again()
    assert consumer.receive() is None
    assert consumer.dead() == 1


@pytest.mark.parametrize(
    ("limits", "received"),
    [
        pytest.param((2, 2), ([1, 2], [], [3, 4]), id="the same limit: the middle never delivers"),
        pytest.param((2, 3), ([1, 2], [3], [4, 5]), id="one more: the middle delivers once"),
        pytest.param((1, 3), ([1], [2, 3], [4, 5]), id="two more: the middle delivers twice"),
    ],
)
def test_moved_message_keeps_receive_count(
    redrive_chain: Callable[[int, int], RedriveChain],
    limits: tuple[int, int],
    received: tuple[list[int], list[int], list[int]],
) -> None:
    chain = redrive_chain(*limits)
    for queue, counts in enumerate(received):
        assert [chain.receive(queue) for _ in counts] == counts
        if queue < 2:
            assert chain.receive(queue) is None, "moved on"
