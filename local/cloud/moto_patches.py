"""What of moto is too slow for a stack under load, or not made for several threads at once."""

import time
from typing import Any

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.sqs import models as queues

from local.cloud.moto import REGION


class CachingDispatcher(DomainDispatcherApplication):
    """Moto's, which remembers what service a host stands for: to find out it goes through hundreds of patterns."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._known: dict[str | None, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        """The service; None where nobody knows the host."""
        if host not in self._known:
            self._known[host] = super().get_backend_for_host(host)
        return self._known[host]


class Queue(queues.Queue):
    """Moto's, for several threads: what one sends while another deletes is not lost, and receiving does not fail."""

    @property
    def pending_message_groups(self) -> set[str]:
        """The groups of the messages that somebody works on."""
        return {message.group_id for message in tuple(self.pending_messages) if message.group_id is not None}

    def delete_message(self, receipt_handle: str) -> None:
        """Take a message out of the queue, whose messages nobody else changes meanwhile."""
        with self._messages_lock:
            super().delete_message(receipt_handle)


def patch_queues() -> None:
    """Let moto make such queues, which ask the clock and not the calendar: each send and each receive asks for every
    message.
    """
    for ours in (Queue, unix_time_millis):
        setattr(queues, ours.__name__, ours)


def patch_regions() -> None:
    """Let moto set up its services in one region, before it imports them.

    To learn the names of all regions boto3 reads the whole description of each service, which takes a second.
    """
    setattr(boto3.Session, get_available_regions.__name__, get_available_regions)


def get_available_regions(_session: boto3.Session, _service: str, partition_name: str = "aws") -> list[str]:
    """The one region, which is in the partition `aws`."""
    return [REGION] if partition_name == "aws" else []


def unix_time_millis() -> float:
    """Milliseconds since 1970."""
    return 1000 * time.time()
