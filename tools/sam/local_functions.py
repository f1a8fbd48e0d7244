"""The built functions in containers; the local stack serves their data, and a stand-in replaces the gateway."""

import json
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import TracebackType
from typing import IO, Any, Self
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]  # ships no types

from local.cloud.moto import CREDENTIALS, REGION, SESSION_TOKEN
from local.demo import CALLBACK_TOKEN, GATEWAY_TOKEN, WEBHOOK_SECRET, Seed, put_secret
from local.functions.execution_environment import APP_ID
from local.gateway.stand_in import StandInGateway
from local.log_folder import local_folder
from local.stack import ROOT, LocalStack
from mosaic.forge.signature import sign
from tools.sam.cli import BUILD, start_lambda
from tools.sam.relay import expose_port

Json = dict[str, Any]

EVENTS = ROOT / "tests/events"
CALLBACK_KEY = "local-callback-key"
CALLBACK_URL = "http://127.0.0.1:9"
"""The target of the gateway's callbacks, where nothing listens: callers of single functions send the
callbacks.
"""
# The first invocation of a function builds its image.
INVOKE_SECONDS = 300


class FunctionFailed(Exception):
    """The function does not exist or raised; the text says which."""


class SamLocal:
    """A context manager: inside, functions can be invoked, and the sample jobs of tests/events are stored."""

    stack: LocalStack
    """Serves the data; its event sources are off."""

    def __init__(self, log: IO[str] | None = None) -> None:
        """`log` receives the output of the SAM CLI and the functions; None for this process's standard error."""
        self._log = log
        self._exit = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as exit_stack:
            self.stack = self._data(exit_stack)
            self.store_samples()
            cloud_url = self.stack.client("dynamodb").meta.endpoint_url
            template = write_template(self.stack, exit_stack.enter_context(expose_port(port_of(cloud_url))))
            exit_stack.callback(template.unlink)
            self._lambda = _client(exit_stack.enter_context(start_lambda(template, self._log)))
            exit_stack.callback(self._lambda.close)
            self._exit = exit_stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exit.close()

    def invoke(self, function: str, event: Json) -> Any:
        """Runs the function on the event and returns its result; raises FunctionFailed."""
        payload = json.dumps(with_fresh_signature(event, int(time.time())))
        try:
            response = self._lambda.invoke(FunctionName=function, Payload=payload)
        except ClientError as error:
            raise FunctionFailed(f"{function}: {error.response['Error']['Message']}") from error
        result = json.load(response["Payload"])
        if "FunctionError" in response:
            raise FunctionFailed(f"{function}: {result.get('errorType')}: {result.get('errorMessage')}")
        return result

    def store_samples(self) -> None:
        """Restores each sample job to its first version."""
        for image in sample_jobs():
            self.stack.client("dynamodb").put_item(TableName=self.stack.resource("JobsTable"), Item=image)

    def _data(self, exit_stack: ExitStack) -> LocalStack:
        gateway = StandInGateway(GATEWAY_TOKEN, CALLBACK_TOKEN)
        gateway.start()
        exit_stack.callback(gateway.stop)
        gateway_url = exit_stack.enter_context(expose_port(port_of(gateway.url)))
        stack = exit_stack.enter_context(
            LocalStack(
                {"OpenClawUrl": gateway_url, "PublicUrl": CALLBACK_URL},
                events=False,
                logs=local_folder(ROOT) / "sam-local",
                prepare=Seed(),
            )
        )
        put_secret(stack, stack.resource("CallbackSecret"), callbackKey=CALLBACK_KEY)
        return stack


def write_template(stack: LocalStack, cloud_url: str) -> Path:
    """Writes a copy of the built template with each function's local environment; returns its path.

    The SAM CLI's own overrides cannot add an undeclared variable, and it does not support aliases.
    """
    template = without_aliases(yaml_parse((BUILD / "template.yaml").read_text()))
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            variables = {
                **stack.env(logical_id),
                "AWS_ENDPOINT_URL": cloud_url,
                APP_ID: logical_id,
                SESSION_TOKEN: stack.credentials()[SESSION_TOKEN],
            }
            resource["Properties"]["Environment"] = {"Variables": variables}
    with NamedTemporaryFile("w", dir=BUILD, prefix="local-", suffix=".json", delete=False) as file:
        json.dump(template, file)
    return Path(file.name)  # the code's paths are relative to it


def without_aliases(value: Any) -> Any:
    """Returns the template with each alias replaced by its function."""
    match value:
        case {"Ref": str(name)} if name.endswith(".Alias"):
            return {"Fn::GetAtt": [name.removesuffix(".Alias"), "Arn"]}
        case dict():
            return {key: without_aliases(inner) for key, inner in value.items()}
        case list():
            return [without_aliases(element) for element in value]
        case _:
            return value


def sample_jobs() -> Iterable[Json]:
    """Returns the newest image of each job in the recorder's sample events, as items of the jobs table."""
    images = {
        record["dynamodb"]["NewImage"]["job_id"]["S"]: record["dynamodb"]["NewImage"]
        for path in sorted(EVENTS.glob("recorder-*.json"))
        for record in json.loads(path.read_text())["Records"]
    }
    return images.values()


def with_fresh_signature(event: Json, now: int) -> Json:
    """Returns the event, with a new signature if its signature expires: the bot's webhook."""
    if event.get("routeKey") != "POST /stitcher/webhook":
        return event
    signature = sign("mosaic", event["body"].encode(), WEBHOOK_SECRET, now)
    return {**event, "headers": {**event["headers"], **signature}}


def _client(endpoint: str) -> Any:
    return boto3.client(
        "lambda",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(read_timeout=INVOKE_SECONDS, retries={"total_max_attempts": 1}, proxies={}),
    )


def port_of(url: str) -> int:
    """Returns the port in a URL."""
    port = urlsplit(url).port
    if port is None:
        raise ValueError(f"{url} has no port")
    return port
