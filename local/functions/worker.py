"""The program of an execution environment: imports a handler, then answers one event after the other.

It runs with its function's variables only, so it imports nothing but the standard library and the handler.
Requests and replies are JSON on the socket whose number is its argument. Standard output and error belong to
the handler. The program ends when the socket is closed, so it never outlives its parent.
"""

import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

Handler = Callable[[Any, "Context"], Any]


@dataclass(frozen=True)
class Context:
    """The context object that Lambda's Python runtime passes to a handler, with its names and types."""

    aws_request_id: str
    invoked_function_arn: str
    deadline: float
    function_name: str = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "")
    function_version: str = "$LATEST"
    memory_limit_in_mb: str = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "")
    log_group_name: str = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME", "")
    log_stream_name: str = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME", "")
    identity: None = None
    client_context: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Returns the milliseconds until the function's Timeout kills this invocation."""
        return max(0, int((self.deadline - time.time()) * 1000))


def load(name: str) -> Handler:
    """Imports `package.module.function`, the format of a function's Handler."""
    module, _, attribute = name.rpartition(".")
    handler: Handler = getattr(importlib.import_module(module.replace("/", ".")), attribute)
    return handler


def answer(handler: Handler, request: dict[str, Any]) -> bytes:
    """Runs the handler and returns `{"result": …}`, or Lambda's error object if it raised.

    A request may name another handler.
    """
    context = Context(request["requestId"], request["functionArn"], request["deadline"])
    try:
        requested = load(request["handler"]) if request["handler"] else handler
        return json.dumps({"result": requested(request["event"], context)}).encode()
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is its answer
        return _failure(error)


def _failure(error: BaseException) -> bytes:
    traceback.print_exception(error)
    sys.stderr.flush()
    return json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)}).encode()


def main() -> None:
    """Serves until the other end of the socket is closed."""
    connection = Connection(int(sys.argv[1]))
    try:
        handler = load(os.environ["_HANDLER"])
    except Exception as error:  # noqa: BLE001 - an import runs the function's own code
        connection.send_bytes(_failure(error))
        return
    connection.send_bytes(b"{}")
    while True:
        try:
            request = connection.recv_bytes()
        except EOFError:
            return
        reply = answer(handler, json.loads(request))
        sys.stdout.flush()
        connection.send_bytes(reply)


if __name__ == "__main__":
    main()
