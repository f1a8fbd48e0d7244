"""Starts and calls one execution environment: a process, a socket and a timeout."""

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from multiprocessing import Pipe
from pathlib import Path
from typing import IO, Any

from local.cloud.deploy import Function
from local.cloud.moto import machine_environment
from local.errors import FunctionError, FunctionTimeoutError

INIT_SECONDS = 30
"""The time limit for importing the handler. Lambda allows 10 s, but this machine also does other work."""

APP_ID = "AWS_SDK_UA_APP_ID"
"""The variable with which the SDK names the function in every request."""

_PROGRAM = str(Path(__file__).with_name("worker.py"))


class ExecutionEnvironment:
    """A process that runs one function, one invocation at a time."""

    def __init__(self, function: Function, cloud: Mapping[str, str], log: IO[bytes] | None):
        self._function = function
        self._connection, theirs = Pipe()
        self._initialised = False
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter, a file of this package
                [sys.executable, "-P", _PROGRAM, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=variables(function, cloud),
                cwd=function.folders[0],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )
        finally:
            theirs.close()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """True while the process runs."""
        return self._process.poll() is None

    def initialise(self) -> None:
        """Waits until the handler is imported; raises FunctionError if the import failed."""
        if self._initialised:
            return
        reply = self._receive(INIT_SECONDS)
        if "errorType" in reply:
            raise FunctionError.from_reply(reply)
        self._initialised = True

    def invoke(self, event: Any, handler: str | None = None) -> Any:
        """Runs the function's handler, or another handler of its code, on an event and returns the result.

        Raises FunctionError if the handler raises or the process ends. Raises FunctionTimeoutError after the
        function's Timeout, or for another handler after INIT_SECONDS. After a timeout or the end of the
        process, the environment is not alive.
        """
        self.initialise()
        seconds = INIT_SECONDS if handler else self._function.timeout
        request = {
            "requestId": str(uuid.uuid4()),
            "functionArn": self._function.arn,
            "deadline": time.time() + seconds,
            "event": event,
            "handler": handler,
        }
        try:
            self._connection.send_bytes(json.dumps(request).encode())
        except OSError as error:
            raise self._exited() from error
        reply = self._receive(seconds)
        if "errorType" in reply:
            raise FunctionError.from_reply(reply)
        return reply["result"]

    def kill(self) -> None:
        """Kills the process; its invocation fails."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Kills the process and closes the connection."""
        self.kill()
        self._connection.close()

    def _receive(self, seconds: float) -> dict[str, Any]:
        try:
            if not self._connection.poll(seconds):
                self.kill()
                raise FunctionTimeoutError("Sandbox.Timedout", f"Task timed out after {seconds:.2f} seconds")
            reply: dict[str, Any] = json.loads(self._connection.recv_bytes())
        except (EOFError, OSError) as error:
            raise self._exited() from error
        return reply

    def _exited(self) -> FunctionError:
        self._process.kill()
        status = self._process.wait()
        return FunctionError("Runtime.ExitError", f"Runtime exited with status {status}")


def variables(function: Function, cloud: Mapping[str, str]) -> dict[str, str]:
    """Returns the environment variables for a function's code, `PYTHONPATH` included."""
    return {
        **machine_environment(),
        **cloud,
        "PYTHONPATH": ":".join(str(folder) for folder in function.folders),
        "PYTHONUNBUFFERED": "1",
        "TZ": ":UTC",
        "_HANDLER": function.handler,
        "LAMBDA_TASK_ROOT": str(function.folders[0]),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        APP_ID: function.logical_id,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        **_logging(function),
        "POWERTOOLS_TRACE_DISABLED": "true",  # there is no X-Ray daemon
        "POWERTOOLS_METRICS_DISABLED": "true",  # no program extracts them from these logs
        **function.environment,
    }


def _logging(function: Function) -> dict[str, str]:
    """Returns Lambda's variables for a LoggingConfig; the level is set for the JSON format only."""
    variables = {
        "AWS_LAMBDA_LOG_GROUP_NAME": function.logging.get("LogGroup", f"/aws/lambda/{function.name}"),
        "AWS_LAMBDA_LOG_FORMAT": function.logging.get("LogFormat", "Text"),
    }
    if variables["AWS_LAMBDA_LOG_FORMAT"] == "JSON":
        variables["AWS_LAMBDA_LOG_LEVEL"] = function.logging.get("ApplicationLogLevel", "INFO")
    return variables
