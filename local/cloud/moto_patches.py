"""Patches for parts of moto that are slow under load or not thread-safe."""

import time
from typing import Any

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.sqs import models as queues

from local.cloud.moto import REGION


class CachingDispatcher(DomainDispatcherApplication):
    """Moto's dispatcher with a cache of the service for each host; moto matches hundreds of patterns each
    time.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._backends: dict[str | None, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        """Returns the host's service; None if the host is unknown."""
        if host not in self._backends:
            self._backends[host] = super().get_backend_for_host(host)
        return self._backends[host]


class ThreadSafeQueue(queues.Queue):
    """Moto's queue, made thread-safe: no message is lost when one thread sends while another deletes or
    receives.
    """

    @property
    def pending_message_groups(self) -> set[str]:
        """The groups of the messages that are being processed."""
        return {message.group_id for message in tuple(self.pending_messages) if message.group_id is not None}

    def delete_message(self, receipt_handle: str) -> None:
        """Deletes a message while holding the lock of the queue's messages."""
        with self._messages_lock:
            super().delete_message(receipt_handle)


def patch_queues() -> None:
    """Replaces moto's queue class and its clock. A send or receive reads the clock for every message."""
    for name, replacement in (("Queue", ThreadSafeQueue), ("unix_time_millis", unix_time_millis)):
        setattr(queues, name, replacement)


def patch_regions() -> None:
    """Limits moto's services to one region; call this before moto imports them.

    boto3 finds the names of all regions by reading the whole description of each service, which takes a
    second.
    """
    setattr(boto3.Session, get_available_regions.__name__, get_available_regions)


def get_available_regions(_session: boto3.Session, _service: str, partition_name: str = "aws") -> list[str]:
    """Returns the one region, which is in the partition `aws`."""
    return [REGION] if partition_name == "aws" else []


def unix_time_millis() -> float:
    """Returns milliseconds since 1970."""
    return 1000 * time.time()
