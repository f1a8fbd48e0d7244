"""The deployed functions, each with a pool of execution environments."""

import logging
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

from local.cloud.deploy import Function
from local.errors import FunctionError, FunctionThrottledError
from local.functions.execution_environment import ExecutionEnvironment

MAX_CONCURRENCY = 8
"""The default limit of execution environments of one function. An AWS account's limit of 1,000 exceeds one
machine.
"""

_log = logging.getLogger(__name__)


class FunctionPool:
    """One function: reuses idle execution environments, and adds one when all are busy."""

    def __init__(
        self,
        function: Function,
        cloud: Mapping[str, str],
        log: IO[bytes] | None,
        concurrency: int = MAX_CONCURRENCY,
    ):
        self.function = function
        self._cloud = cloud
        self._log = log
        self._free = threading.Semaphore(concurrency)
        self._lock = threading.Lock()
        self._idle: list[ExecutionEnvironment] = []
        self._busy: set[ExecutionEnvironment] = set()
        self._closed = False

    def warm(self) -> None:
        """Starts an environment before the first invocation, unless there is one. Returns without waiting for
        it.
        """
        with self._lock:
            if not self._idle and not self._busy:
                self._idle.append(self._start())

    def initialise(self) -> None:
        """Waits until an environment has imported the handler; raises FunctionError if it cannot."""
        environment = self._take()
        try:
            environment.initialise()
        finally:
            self._give_back(environment)

    def invoke(self, event: Any, handler: str | None = None) -> Any:
        """Runs the function, or another handler of its code, and returns the result; raises FunctionError."""
        if not self._free.acquire(timeout=self.function.timeout):
            raise FunctionThrottledError("TooManyRequestsException", "Rate Exceeded.")
        try:
            environment = self._take()
            try:
                return environment.invoke(event, handler)
            finally:
                self._give_back(environment)
        except FunctionError as error:
            if not self._closed:  # a stop kills current invocations
                _log.warning("%s failed: %s", self.function.logical_id, error)
            raise
        finally:
            self._free.release()

    def workers(self) -> list[int]:
        """Returns the process ids of the environments that process an event."""
        with self._lock:
            return [environment.pid for environment in self._busy if environment.alive]

    def close(self) -> None:
        """Kills every environment; current invocations fail."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            busy = list(self._busy)
        for environment in idle:
            environment.close()
        for environment in busy:
            environment.kill()

    def _start(self) -> ExecutionEnvironment:
        if self._closed:
            raise FunctionError("ServiceException", "the local stack is stopping")
        return ExecutionEnvironment(self.function, self._cloud, self._log)

    def _take(self) -> ExecutionEnvironment:
        with self._lock:
            while self._idle:
                environment = self._idle.pop()
                if environment.alive:
                    break
                environment.close()
            else:
                environment = self._start()
            self._busy.add(environment)
            return environment

    def _give_back(self, environment: ExecutionEnvironment) -> None:
        with self._lock:
            self._busy.discard(environment)
            if environment.alive and not self._closed:
                self._idle.append(environment)
                return
        environment.close()


class Functions:
    """Every function of a deployment, by logical id, physical name or ARN."""

    def __init__(
        self,
        functions: Iterable[Function],
        cloud: Mapping[str, str],
        logs: Path | None,
        concurrency: int = MAX_CONCURRENCY,
    ):
        self._pools: list[FunctionPool] = []
        self._by_name: dict[str, FunctionPool] = {}
        self._files: list[IO[bytes]] = []
        for function in functions:
            pool = FunctionPool(function, cloud, self._log_file(function, logs), concurrency)
            self._pools.append(pool)
            for name in (function.logical_id, function.name, function.arn):
                self._by_name[name] = pool

    def warm(self, names: Iterable[str] | None = None) -> None:
        """Starts an execution environment for each of these functions that has none; for all functions by
        default.
        """
        for pool in self._named(names):
            pool.warm()

    def import_errors(self, names: Iterable[str] | None = None) -> dict[str, FunctionError]:
        """Waits until these functions have imported their handlers; returns the errors by logical id."""
        errors = {}
        for pool in self._named(names):
            try:
                pool.initialise()
            except FunctionError as error:
                errors[pool.function.logical_id] = error
        return errors

    def _named(self, names: Iterable[str] | None) -> list[FunctionPool]:
        wanted = self._pools if names is None else [self._by_name[name] for name in names]
        return list(dict.fromkeys(wanted))

    def get(self, name: str) -> Function:
        """Returns a function; raises KeyError for a name that was not deployed."""
        return self._by_name[name].function

    def invoke(self, name: str, event: Any, handler: str | None = None) -> Any:
        """Runs a function, or another handler of its code, and returns the result; raises FunctionError,
        KeyError.
        """
        return self._by_name[name].invoke(event, handler)

    def workers(self) -> list[int]:
        """Returns the process ids of all execution environments that process an event."""
        return [pid for pool in self._pools for pid in pool.workers()]

    def close(self) -> None:
        """Kills every execution environment."""
        for pool in self._pools:
            pool.close()
        for file in self._files:
            file.close()

    def _log_file(self, function: Function, logs: Path | None) -> IO[bytes] | None:
        if logs is None:
            return None
        file = (logs / f"{function.logical_id}.log").open("wb")
        self._files.append(file)
        return file
