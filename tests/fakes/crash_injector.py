"""Injects crashes, concurrent changes and errors into the calls of fakes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, TypeVar, cast

T = TypeVar("T")
Moment = Literal["before", "after"]
READS = frozenset({"get", "read", "waiting", "workspace", "page", "find", "outcome", "due"})


def moments(call: str) -> Iterator[Moment]:
    """Returns when to crash at this call. A crash after a read equals a crash before the next call."""
    yield "before"
    if call.partition(".")[2] not in READS:
        yield "after"


class ProcessKilled(BaseException):
    """The process was killed. No `except Exception` may catch it."""


class CrashInjector:
    """Counts the calls of wrapped targets, and kills the caller once: `before` or `after` call number `at`.

    Without `at` it only counts.
    """

    def __init__(self, at: int | None = None, moment: Moment = "before") -> None:
        self._at = at
        self._moment = moment
        self.calls: list[str] = []

    def wrap(self, target: T) -> T:
        """Returns `target` with all its calls intercepted."""
        return cast("T", _InterceptedTarget(target, self))

    def call(self, name: str, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Calls the method, unless this is the call to crash at."""
        self.calls.append(name)
        chosen = len(self.calls) == self._at
        if chosen and self._moment == "before":
            raise ProcessKilled(name)
        try:
            return method(*args, **kwargs)
        finally:
            if chosen and self._moment == "after":
                raise ProcessKilled(name)


class ConcurrentChange(CrashInjector):
    """Runs `act` before one call, without a crash: the first call of this name, such as `FakeJobs.save`, or
    the n-th.
    """

    def __init__(self, before: str | int) -> None:
        super().__init__()
        self._before = before
        self.act: Callable[[], object] | None = None

    def call(self, name: str, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Calls the method, after the concurrent change if it is due."""
        if self.act and self._before in (name, len(self.calls) + 1):
            act, self.act = self.act, None
            act()
        return super().call(name, method, *args, **kwargs)


class FailingCalls(CrashInjector):
    """Raises `error` in the calls named `at`, such as `FakeGateway.add`: a number of `times`, or always."""

    def __init__(self, at: str, error: Exception, times: int | None = None) -> None:
        super().__init__()
        self._name = at
        self._error = error
        self.left = times

    def call(self, name: str, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Calls the method, or raises the error."""
        if name != self._name or self.left == 0:
            return super().call(name, method, *args, **kwargs)
        self.left = self.left - 1 if self.left else None
        raise self._error


class _InterceptedTarget:
    def __init__(self, target: object, crashes: CrashInjector) -> None:
        self._target = target
        self._injector = crashes

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._target, name)
        called = f"{type(self._target).__name__}.{name}"

        def call(*args: Any, **kwargs: Any) -> Any:
            return self._injector.call(called, method, *args, **kwargs)

        setattr(self, name, call)  # looked up once, because there are millions of calls
        return call
