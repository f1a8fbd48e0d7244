"""Death at a chosen call: what a process that may die at any instruction looks like to those who go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, TypeVar, cast

T = TypeVar("T")
Moment = Literal["before", "after"]
READS = frozenset({"get", "read", "waiting", "workspace", "page", "find", "outcome", "due"})


def moments(call: str) -> Iterator[Moment]:
    """When to die at this call of `Fate.calls`: to die after a read is to die before the next call."""
    yield "before"
    if call.partition(".")[2] not in READS:
        yield "after"


class ProcessKilled(BaseException):
    """The process has died. No `except Exception` may survive it."""


class CrashInjector:
    """Counts the calls of everything it is `over`, and kills the caller once: at call `at`, `before` it takes effect
    or `after`. Without `at` it only counts.
    """

    def __init__(self, at: int | None = None, moment: Moment = "before") -> None:
        self._at = at
        self._moment = moment
        self.calls: list[str] = []

    def over(self, target: T) -> T:
        """`target` as those see it who may die at any of its methods."""
        return cast("T", _InterceptedTarget(target, self))

    def call(self, name: str, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The method's answer, unless this is the call."""
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
    """Nobody dies, but somebody else acts just before a call: the first named so, as `FakeJobs.save`, or the n-th."""

    def __init__(self, before: str | int) -> None:
        super().__init__()
        self._before = before
        self.act: Callable[[], object] | None = None

    def call(self, name: str, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The method's answer, after what happened meanwhile."""
        if self.act and self._before in (name, len(self.calls) + 1):
            act, self.act = self.act, None
            act()
        return super().call(name, method, *args, **kwargs)


class FailingCalls(CrashInjector):
    """Nobody dies, but the calls named `at`, as `FakeGateway.add`, raise `error`, so many times or for ever."""

    def __init__(self, at: str, error: Exception, times: int | None = None) -> None:
        super().__init__()
        self._name = at
        self._error = error
        self.left = times

    def call(self, name: str, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The method's answer, or the error."""
        if name != self._name or self.left == 0:
            return super().call(name, method, *args, **kwargs)
        self.left = self.left - 1 if self.left else None
        raise self._error


class _InterceptedTarget:
    def __init__(self, target: object, crashes: CrashInjector) -> None:
        self._target = target
        self._fate = crashes

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._target, name)
        called = f"{type(self._target).__name__}.{name}"

        def call(*args: Any, **kwargs: Any) -> Any:
            return self._fate.call(called, method, *args, **kwargs)

        setattr(self, name, call)  # looked up once: calls are made by the million
        return call
