"""The command `python -m local`."""

import argparse
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from local.demo import CALLBACK_TOKEN, GATEWAY_TOKEN, HOOK_TOKEN, Seed
from local.errors import LocalError
from local.gateway.stand_in import StandInGateway
from local.log_folder import LOCAL
from local.stack import ROOT, LocalStack
from local.welcome import welcome

DEFAULT_PORT = 3000
DYNAMODB = "AWS_ENDPOINT_URL_DYNAMODB"


@dataclass(frozen=True)
class Gateway:
    """The OpenClaw gateway to dispatch to, and the tokens between it and the stack."""

    url: str
    token: str
    callback_token: str
    hook_token: str
    name: str
    is_real: bool = False


def main(arguments: Sequence[str]) -> int:
    """Runs the stack until SIGINT or SIGTERM. Returns the exit code: 1 after an error that is explained in one
    line.
    """
    started = time.monotonic()
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        _run(_parse(arguments), started)
    except LocalError as error:
        print(f"mosaic: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped", flush=True)
        return 0
    return 0


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    # A second signal must not interrupt the shutdown.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m local",
        description="Run the template on this machine.",
        epilog="OPENCLAW_URL, OPENCLAW_TOKEN and OPENCLAW_CALLBACK_TOKEN name a real gateway to dispatch to; "
        "OPENCLAW_MODE=hooks uses its hooks only, with OPENCLAW_HOOK_TOKEN and OPENCLAW_HOOKS_TOOLS. "
        f"{DYNAMODB} names another DynamoDB than moto's, and {LOCAL} another folder for logs than .local.",
    )
    parser.add_argument("--port", default=os.environ.get("PORT") or str(DEFAULT_PORT), help="0 for any")
    parser.add_argument("--template", type=Path, default=ROOT / "template.yaml")
    parser.add_argument("--verbose", action="store_true", help="show the functions' logs here")
    options = parser.parse_args(arguments)
    if not options.port.isdecimal() or int(options.port) > 65535:
        raise LocalError(f"{options.port!r} is not a port")
    return options


def _run(options: argparse.Namespace, started: float) -> None:
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S", level=logging.WARNING)
    logging.getLogger("samtranslator").setLevel(
        logging.ERROR
    )  # it warns about metrics that it could not publish
    with ExitStack() as exit_stack:
        gateway = _gateway(os.environ, exit_stack)
        seed = Seed(
            gateway_token=gateway.token,
            callback_token=gateway.callback_token,
            hook_token=gateway.hook_token,
            is_public=not gateway.is_real,
        )
        dynamodb = os.environ.get(DYNAMODB)
        stack = exit_stack.enter_context(
            LocalStack(
                {"OpenClawUrl": gateway.url, **_mode(os.environ)},
                template=options.template,
                port=int(options.port),
                verbose=options.verbose,
                dynamodb=dynamodb,
                keep_tables=True,
                prepare=seed,
            )
        )
        seconds = time.monotonic() - started
        banner = welcome(seed.demo, stack.url, gateway.name, str(stack.logs), seconds, dynamodb)
        print(banner, flush=True)
        logging.getLogger("local").setLevel(logging.INFO)
        for logical_id, error in stack.import_errors().items():
            print(f"mosaic: {logical_id} does not start: {error}", file=sys.stderr)
        threading.Event().wait()


def _mode(environ: Mapping[str, str]) -> dict[str, str]:
    """Returns the template's parameters for the gateway's transport that the environment sets."""
    names = {"OpenClawMode": "OPENCLAW_MODE", "OpenClawHooksTools": "OPENCLAW_HOOKS_TOOLS"}
    return {parameter: environ[name] for parameter, name in names.items() if environ.get(name)}


def _gateway(environ: Mapping[str, str], exit_stack: ExitStack) -> Gateway:
    callback_token = environ.get("OPENCLAW_CALLBACK_TOKEN") or CALLBACK_TOKEN
    hook_token = environ.get("OPENCLAW_HOOK_TOKEN") or HOOK_TOKEN
    url = environ.get("OPENCLAW_URL", "").rstrip("/")
    if url:
        token = environ.get("OPENCLAW_TOKEN")
        if not token:
            raise LocalError("OPENCLAW_URL is set, and OPENCLAW_TOKEN is not")
        return Gateway(url, token, callback_token, hook_token, url, is_real=True)
    stand_in = StandInGateway(GATEWAY_TOKEN, callback_token, hook_token=hook_token)
    stand_in.start()
    exit_stack.callback(stand_in.stop)
    return Gateway(stand_in.url, GATEWAY_TOKEN, callback_token, hook_token, f"a stand-in on {stand_in.url}")
