"""What the flows may expect of the queue."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mosaic.storage.job_queue import JobMessage, QueueUnavailable
from tests.fakes.queue_backends import Consumer, QueueBackend, RedriveChain

MOST_RECEIVES = 2
WAKE = JobMessage(workspace_id="demo", job_id="01KGA000000000000000000000")


def test_a_message_names_the_job_and_nothing_else_in_the_group_of_its_workspace(
    queue_world: QueueBackend,
) -> None:
    queue_world.queue.send(WAKE)
    assert queue_world.received() == [
        {"workspaceId": "demo", "jobId": "01KGA000000000000000000000", "group": "demo"}
    ]


@pytest.mark.parametrize("delay", [1, 900, 901, 10**6])
def test_a_delayed_message_is_not_seen_before_its_time_however_far_off(
    queue_world: QueueBackend, delay: int
) -> None:
    queue_world.queue.send(WAKE, delay)
    assert queue_world.received() == []
    assert queue_world.delayed() == 1


def test_the_same_message_may_be_sent_twice(queue_world: QueueBackend) -> None:
    queue_world.queue.send(WAKE)
    queue_world.queue.send(WAKE)
    assert len(queue_world.received()) == 2


def test_a_queue_that_cannot_be_reached_says_so(queue_world: QueueBackend) -> None:
    queue_world.take_away()
    with pytest.raises(QueueUnavailable, match=WAKE.job_id):
        queue_world.queue.send(WAKE)


def test_a_message_that_is_not_deleted_comes_again_and_then_goes_to_the_dead_letters(
    redriving: Consumer,
) -> None:
    for _ in range(MOST_RECEIVES):
        assert redriving.receive() == WAKE.job_id
        assert redriving.receive() is None, "nobody else sees it meanwhile"
        redriving.show_again()
    assert redriving.receive() is None
    assert redriving.dead() == 1


@pytest.mark.parametrize(
    ("limits", "received"),
    [
        pytest.param((2, 2), ([1, 2], [], [3, 4]), id="the same limit: the middle never delivers"),
        pytest.param((2, 3), ([1, 2], [3], [4, 5]), id="one more: the middle delivers once"),
        pytest.param((1, 3), ([1], [2, 3], [4, 5]), id="two more: the middle delivers twice"),
    ],
)
def test_a_moved_message_keeps_its_receive_count(
    redrive_chain: Callable[[int, int], RedriveChain],
    limits: tuple[int, int],
    received: tuple[list[int], list[int], list[int]],
) -> None:
    chain = redrive_chain(*limits)
    for queue, counts in enumerate(received):
        assert [chain.receive(queue) for _ in counts] == counts
        if queue < 2:
            assert chain.receive(queue) is None, "moved on"
