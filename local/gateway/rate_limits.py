"""The gateway's rate limit on writes: a number of calls of one method in a minute, from all callers."""

from local.gateway.validation import RefusedError

WINDOW_MS = 60_000
LIMITED = frozenset({"cron.add", "cron.remove"})

REAL_LIMIT = 30
"""OpenClaw's limit, which cannot be configured."""


class WriteLimit:
    """Refuses the calls of a method beyond `per_minute`; None allows all."""

    def __init__(self, per_minute: int | None) -> None:
        self._per_minute = per_minute
        self._windows: dict[str, tuple[int, int]] = {}

    def count(self, method: str, now_ms: int) -> None:
        """Counts one call. Raises RefusedError, with the wait, beyond the limit."""
        if self._per_minute is None or method not in LIMITED:
            return
        started_ms, calls = self._windows.get(method, (now_ms, 0))
        if now_ms - started_ms >= WINDOW_MS:
            started_ms, calls = now_ms, 0
        if calls >= self._per_minute:
            raise self._rate_limited(method, started_ms + WINDOW_MS - now_ms)
        self._windows[method] = (started_ms, calls + 1)

    def _rate_limited(self, method: str, wait_ms: int) -> RefusedError:
        message = f"rate limit exceeded for {method}; retry after {-(-wait_ms // 1000)}s"
        error = RefusedError(message, status=503, code="UNAVAILABLE")
        details = {"method": method, "limit": f"{self._per_minute} per 60s"}
        error.error |= {"retryable": True, "retryAfterMs": wait_ms, "details": details}
        return error
