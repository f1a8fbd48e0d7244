"""Runs moto's server: prints its URL, then serves until standard input is closed.

Its argument is the file for the functions' calls. Standard input closes when the parent process ends in any
way.
"""

import importlib
import logging
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.moto_server.werkzeug_app import MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from local.cloud.aws_calls import recording_calls
from local.cloud.moto import ACCOUNT_ID, REGION, SESSION_TOKEN
from local.cloud.moto_patches import CachingDispatcher, patch_queues, patch_regions
from local.cloud.session_token import requiring_token

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def serialize_dynamodb(application: Wsgi) -> Wsgi:
    """Wraps a WSGI application so that it serves one DynamoDB request at a time.

    Moto checks a condition before it writes, and does not lock the item between the two.
    """
    lock = threading.Lock()

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not environ.get("HTTP_X_AMZ_TARGET", "").startswith("DynamoDB_"):
            return application(environ, start_response)
        with lock:
            return application(environ, start_response)

    return serve


def hash_key_of(table: str) -> str:
    """Returns the name of a table's hash key."""
    return str(dynamodb_backends[ACCOUNT_ID][REGION].tables[table].hash_key_attr)


def main() -> None:
    """Serves until standard input ends."""
    warnings.simplefilter("ignore")  # moto warns about each resource type that its CloudFormation skips
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    patch_queues()
    patch_regions()
    importlib.import_module("moto.cloudformation")  # imports while the parent reads the template
    served = CachingDispatcher(create_backend_app)
    recorded = serialize_dynamodb(recording_calls(served, Path(sys.argv[1]), hash_key_of))
    # The child keeps no token in its environment, where clients inside moto would send it.
    application = requiring_token(recorded, os.environ.pop(SESSION_TOKEN))
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=MotoRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
