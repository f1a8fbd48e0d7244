"""What moto does anew for every request, though once would do: under load that is most of its time."""

import time
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.sqs import models as queues


class Dispatcher(DomainDispatcherApplication):
    """Moto's, which remembers what service a host stands for: to find out it goes through hundreds of patterns."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._known: dict[str | None, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        """The service; None where nobody knows the host."""
        if host not in self._known:
            self._known[host] = super().get_backend_for_host(host)
        return self._known[host]


def quicken() -> None:
    """Let queues ask the clock instead of the calendar: each send and each receive asks once for every message."""
    setattr(queues, unix_time_millis.__name__, unix_time_millis)


def unix_time_millis() -> float:
    """Milliseconds since 1970."""
    return 1000 * time.time()
