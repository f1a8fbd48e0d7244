"""Runs moto, which provides the AWS services of the deployed template, in a separate process."""

import os
import secrets
import subprocess
import sys
import threading
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from local.errors import LocalError

if TYPE_CHECKING:
    import boto3
    from botocore.config import Config

REGION = "us-east-1"
ACCOUNT_ID = "123456789012"

SESSION_TOKEN = "AWS_SESSION_TOKEN"  # noqa: S105 - the name of a variable
"""The variable with the token that moto demands. It is random for each start, see `local.cloud.session_token`."""

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    # Moto's DynamoDB streams answer 404 on the endpoints that botocore builds from an account id.
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
}


def machine_environment() -> dict[str, str]:
    """Returns the variables of this machine that a child process needs."""
    wanted = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "COVERAGE_PROCESS_START")
    return {name: os.environ[name] for name in wanted if name in os.environ}


def aws_session(token: str | None = None) -> "boto3.Session":
    """Returns a session that ignores this machine's own AWS profiles and accounts; `token` is its session token."""
    # Imported late: moto's process takes longest to start, so it starts first.
    import boto3
    import botocore.session

    nothing = (None, None, os.devnull, None)
    variables = {"profile": (None, None, None, None), "config_file": nothing, "credentials_file": nothing}
    return boto3.Session(
        CREDENTIALS["AWS_ACCESS_KEY_ID"],
        CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        token,
        region_name=REGION,
        botocore_session=botocore.session.Session(session_vars=variables),
    )


class Cloud:
    """A moto server on a free loopback port.

    Moto runs in a process, so that it does not share Python's lock with the HTTP API. A test's `mock_aws`
    also cannot reset it: that resets moto's state in the test's own process.
    """

    def __init__(self, log: IO[bytes], calls: Path, dynamodb: str | None = None):
        """`log` receives moto's output, and the file `calls` the functions' calls, see
        `local.cloud.aws_calls`.

        `dynamodb` is the endpoint of another DynamoDB, whose tables and streams are used instead of moto's.
        """
        self.dynamodb = dynamodb
        self._token = secrets.token_hex(24)
        self._log = log
        self._calls = calls
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._url: str | None = None

    def start(self) -> None:
        """Starts the server without waiting for it."""
        program = str(Path(__file__).with_name("moto_process.py"))
        environment = {
            **machine_environment(),
            **CREDENTIALS,
            SESSION_TOKEN: self._token,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "DOCKER_HOST": "tcp://127.0.0.1:1",  # an address without a Docker engine
            "VALIDATE_LAMBDA_S3": "false",  # no code is uploaded; functions run from their folders
        }
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, a file of this package
            [sys.executable, "-P", program, str(self._calls)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environment,
            process_group=0,
        )

    @property
    def url(self) -> str:
        """The base URL of every service; waits until the server is ready.

        Raises LocalError if it did not start.
        """
        if self._url is None:
            if self._process is None or self._process.stdout is None:
                raise LocalError("moto was not started")
            line = self._process.stdout.readline().decode().strip()
            if not line:
                raise LocalError(f"moto did not start, see {getattr(self._log, 'name', 'its log')}")
            self._url = line
        return self._url

    def wait(self) -> None:
        """Waits until the server is ready and clients can be created; raises LocalError if it did not start."""
        self.client("cloudformation")

    def environment(self) -> dict[str, str]:
        """Returns the variables with which an AWS SDK calls this cloud and nothing else."""
        names = ("AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_DYNAMODB_STREAMS")
        overrides = dict.fromkeys(names, self.dynamodb) if self.dynamodb else {}
        return {**self.credentials(), "AWS_ENDPOINT_URL": self.url, **overrides}

    def credentials(self) -> dict[str, str]:
        """Returns the variables with the credentials for this cloud."""
        return {**CREDENTIALS, SESSION_TOKEN: self._token}

    def client(self, service: str) -> Any:
        """Returns the shared boto3 client of a service; clients are thread-safe."""
        with self._lock:
            if service not in self._clients:
                endpoint = self.dynamodb if service.startswith("dynamodb") else None
                self._clients[service] = self._session.client(
                    service, endpoint_url=endpoint or self.url, config=_client_config()
                )
            return self._clients[service]

    @cached_property
    def _session(self) -> "boto3.Session":
        return aws_session(self._token)

    def stop(self) -> None:
        """Kills the server. Its data is lost, and current calls fail."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def close(self) -> None:
        """Closes every client; no thread may use them any more."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()


def _client_config() -> "Config":
    from botocore.config import Config

    return Config(
        account_id_endpoint_mode="disabled",
        proxies={},
        retries={"mode": "standard", "total_max_attempts": 1},
        max_pool_connections=32,
    )
