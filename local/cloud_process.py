"""Runs moto's server: prints its URL, then lives until its standard input is closed.

The end of standard input is how it learns that its parent is gone, however that ended.
"""

import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def one_at_a_time(application: Wsgi) -> Wsgi:
    """`application`, serving DynamoDB one request at a time, because moto checks a condition before it writes."""
    lock = threading.Lock()

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not environ.get("HTTP_X_AMZ_TARGET", "").startswith("DynamoDB_"):
            return application(environ, start_response)
        with lock:
            return application(environ, start_response)

    return serve


def main() -> None:
    """Serve until standard input ends."""
    warnings.simplefilter("ignore")  # moto warns of each resource type that its CloudFormation skips
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    application = one_at_a_time(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=MotoRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
