"""`python -m tools.sam.api`: serve the API in containers on a port of this machine, with its data on this
machine.

The SAM CLI serves the routes, the authorizer and the built functions in Lambda's own runtime. Tables and
queues are moto's. The stitcher, the recorder and the sweeper run without containers, as under `make run`.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO

from local.demo import CALLBACK_TOKEN, GATEWAY_TOKEN, Demo, Seed
from local.errors import LocalError
from local.gateway.stand_in import StandInGateway
from local.log_folder import local_folder
from local.stack import ROOT, LocalStack
from local.welcome import welcome
from tools.sam.cli import SamError, build, engine_answers, start_api
from tools.sam.local_functions import port_of, write_template
from tools.sam.relay import expose_port

DEFAULT_PORT = 3000


@contextmanager
def sam_api(port: int, log: IO[str]) -> Iterator[tuple[str, Demo]]:
    """Serves the built API on `port`; yields its URL and the values that a caller needs.

    Raises SamError or LocalError if a part does not start.
    """
    with ExitStack() as exit_stack:
        gateway = StandInGateway(GATEWAY_TOKEN, CALLBACK_TOKEN)
        gateway.start()
        exit_stack.callback(gateway.stop)
        parameters = {"OpenClawUrl": gateway.url, "PublicUrl": f"http://127.0.0.1:{port}"}
        seed = Seed()
        stack = exit_stack.enter_context(
            LocalStack(parameters, logs=local_folder(ROOT) / f"sam-api/{port}", prepare=seed)
        )
        cloud = stack.client("dynamodb").meta.endpoint_url
        template = write_template(stack, exit_stack.enter_context(expose_port(port_of(cloud))))
        exit_stack.callback(template.unlink)
        yield exit_stack.enter_context(start_api(template, log, port)), seed.demo


def main() -> int:
    """Serves until Ctrl-C. Returns 1, with the reason on standard error, if the start fails."""
    try:
        _serve(int(os.environ.get("PORT") or DEFAULT_PORT))
    except (OSError, ValueError, SamError, LocalError) as error:
        print(f"sam-api: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def _serve(port: int) -> None:
    started = time.monotonic()
    logging.getLogger("samtranslator").setLevel(
        logging.ERROR
    )  # it warns about metrics that it could not publish
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if not engine_answers():
        raise SamError("no container engine answers `docker info`")
    build()
    folder = local_folder(ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"sam-api-{port}.log").open("w") as log, sam_api(port, log) as (url, demo):
        print(welcome(demo, url, "a stand-in", log.name, time.monotonic() - started), flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
