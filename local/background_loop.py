"""A thread that repeats a step until the stack stops."""

import logging
import threading
from collections.abc import Callable

_log = logging.getLogger(__name__)

_ERROR_PAUSE_SECONDS = 1.0


class BackgroundLoop:
    """A thread that repeats a step. A failed step is logged and repeated after a pause."""

    def __init__(
        self,
        name: str,
        step: Callable[[], None],
        stopping: threading.Event,
        close: Callable[[], None] = lambda: None,
    ):
        """`stopping` ends the loop. `close` runs after the last step."""
        self._step = step
        self._close = close
        self._stopping = stopping
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def join(self) -> None:
        """Waits for the current step, and closes. `stopping` must be set before."""
        self._thread.join()
        self._close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._step()
            except Exception:  # noqa: BLE001 - one bad step must not end the work; it is logged
                if self._stopping.is_set():
                    return  # the services that the step uses are stopping too
                _log.exception("%s", self._thread.name)
                self._stopping.wait(_ERROR_PAUSE_SECONDS)
