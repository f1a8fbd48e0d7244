"""Starts the stack with a stand-in gateway, and tests it with schemathesis."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from local.demo import CALLBACK_TOKEN, GATEWAY_TOKEN, Demo, Seed
from local.gateway.stand_in import StandInGateway
from local.stack import ROOT, LocalStack

HERE = Path(__file__).parent
PATH = os.pathsep.join(str(ROOT / root) for root in ("layers/mosaic", "."))


def main(arguments: list[str]) -> int:
    """Runs schemathesis with further `arguments`; returns its exit code."""
    gateway = StandInGateway(GATEWAY_TOKEN, CALLBACK_TOKEN)
    gateway.start()
    try:
        seed, parameters = Seed(), {"OpenClawUrl": gateway.url}
        with (
            tempfile.TemporaryDirectory() as logs,
            LocalStack(parameters, logs=Path(logs), prepare=seed) as stack,
        ):
            return _schemathesis(stack, seed.demo, arguments)
    finally:
        gateway.stop()


def _schemathesis(stack: LocalStack, demo: Demo, arguments: list[str]) -> int:
    known = {
        "API_TOKEN": demo.tokens["admin"],
        "CALLBACK_KEY": _key(stack, "CallbackSecret", "callbackKey"),
        "RUN_TOKEN_KEY": _key(stack, "RunTokenSecret", "runTokenKey"),
    }
    program = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml")]
    return subprocess.run(  # noqa: S603 - this interpreter, and what who runs this adds
        [*program, "run", f"{stack.url}/openapi.json", *arguments],
        env={**os.environ, **known, "PYTHONPATH": PATH, "SCHEMATHESIS_HOOKS": "tests.api.hooks"},
        check=False,
    ).returncode


def _key(stack: LocalStack, secret: str, member: str) -> str:
    """Returns a key with which the stitcher signs."""
    stored = stack.client("secretsmanager").get_secret_value(SecretId=stack.resource(secret))
    return str(json.loads(stored["SecretString"])[member])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
