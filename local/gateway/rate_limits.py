"""The gateway's backstop on writes: so many calls of one method in a window of a minute, whoever makes them."""

from local.gateway.validation import RefusedError

WINDOW_MS = 60_000
LIMITED = frozenset({"cron.add", "cron.remove"})

REAL_LIMIT = 30
"""What OpenClaw allows, which cannot be configured."""


class WriteLimit:
    """Refuses the calls of a method beyond `per_minute`; None lets all pass."""

    def __init__(self, per_minute: int | None) -> None:
        self._per_minute = per_minute
        self._windows: dict[str, tuple[int, int]] = {}

    def take(self, method: str, now_ms: int) -> None:
        """Count one call. Raises RefusedError with the wait that the gateway asks for."""
        if self._per_minute is None or method not in LIMITED:
            return
        began_ms, calls = self._windows.get(method, (now_ms, 0))
        if now_ms - began_ms >= WINDOW_MS:
            began_ms, calls = now_ms, 0
        if calls >= self._per_minute:
            raise self._refusal(method, began_ms + WINDOW_MS - now_ms)
        self._windows[method] = (began_ms, calls + 1)

    def _refusal(self, method: str, wait_ms: int) -> RefusedError:
        message = f"rate limit exceeded for {method}; retry after {-(-wait_ms // 1000)}s"
        refused = RefusedError(message, status=503, code="UNAVAILABLE")
        details = {"method": method, "limit": f"{self._per_minute} per 60s"}
        refused.error |= {"retryable": True, "retryAfterMs": wait_ms, "details": details}
        return refused
