"""The patched queues are thread-safe."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from moto.sqs.models import Message

from local.cloud.moto import ACCOUNT_ID, REGION
from local.cloud.moto_patches import ThreadSafeQueue

MESSAGES = 1000


@pytest.fixture
def impatient() -> Iterator[None]:
    """Lets threads switch at nearly every step."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def each(do: Callable[[Message], object], messages: list[Message]) -> None:
    for message in messages:
        do(message)


@pytest.mark.usefixtures("impatient")
def test_concurrent_sends_and_deletes_lose_nothing() -> None:
    queue = ThreadSafeQueue("work", REGION, ACCOUNT_ID)  # type: ignore[abstract]  # moto's own says the same and is made
    old, new = ([Message(f"{age} {number}", age) for number in range(MESSAGES)] for age in ("old", "new"))
    for message in old:
        queue.add_message(message)
        message.mark_received(30)
        queue.pending_messages.add(message)

    with ThreadPoolExecutor(3) as threads:
        work = (
            threads.submit(each, queue.add_message, new),
            threads.submit(each, lambda message: queue.delete_message(str(message.receipt_handle)), old),
            threads.submit(each, lambda _: queue.pending_message_groups, old),
        )
        for done in work:
            done.result()

    assert [message.id for message in queue.messages] == [message.id for message in new]
