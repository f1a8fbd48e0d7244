"""The AWS calls of the functions as IAM evaluates them: function, action and resource.

A function's SDK names the function in its User-Agent, because its environment sets AWS_SDK_UA_APP_ID.
"""

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
HashKeyOf = Callable[[str], str]

_SERVICES = {
    "DynamoDB": "dynamodb",
    "DynamoDBStreams": "dynamodb",
    "AmazonSQS": "sqs",
    "secretsmanager": "secretsmanager",
    "AWSEvents": "events",
}
# A shard iterator begins with the ARN of its stream.
_TABLE_OF_STREAM = re.compile(r":table/([^/]+)/stream/")
_TRANSACTED = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}


@dataclass(frozen=True)
class AwsCall:
    """One action that IAM allows or denies.

    IAM's conditions on items read `attributes` and `leading_keys`; those on events `event_source` and `event_type`.
    """

    function: str
    action: str
    resource: str
    """A physical name; for an index `table/index/name`"""
    leading_keys: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    event_source: str = ""
    event_type: str = ""
    request_bytes: int = 0
    """The size of the request that contained the action"""


def recording_calls(application: Wsgi, path: Path, hash_key_of: HashKeyOf) -> Wsgi:
    """Wraps a WSGI application so that it appends each function's calls to `path`, a line of JSON for each
    call.
    """

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        match = re.search(r"\bapp/(\w+)", environ.get("HTTP_USER_AGENT", ""))
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        if match and target:
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(body)
            lines = (
                json.dumps(asdict(call)) + "\n" for call in parse_calls(match[1], target, body, hash_key_of)
            )
            with path.open("a") as file:
                file.write("".join(lines))
        return application(environ, start_response)

    return serve


def read_calls(path: Path) -> Iterator[AwsCall]:
    """Yields the calls recorded in `path`, oldest first; none if the file does not exist."""
    if path.exists():
        for line in path.read_text().splitlines():
            values: Json = json.loads(line)
            lists: Json = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
            yield AwsCall(**{**values, **lists})


def parse_calls(function: str, target: str, body: bytes, hash_key_of: HashKeyOf) -> Iterator[AwsCall]:
    """Yields the actions of one request to a service with a JSON protocol; `target` is its X-Amz-Target."""
    prefix, _, operation = target.rpartition(".")
    service = _SERVICES[prefix.partition("_")[0]]
    request = json.loads(body or b"{}")
    for action, resource, subject in _actions(service, operation, request):
        keys, attributes = _item(subject, hash_key_of)
        yield AwsCall(
            function,
            f"{service}:{action}",
            resource,
            keys,
            attributes,
            event_source=subject.get("Source", ""),
            event_type=subject.get("DetailType", ""),
            request_bytes=len(body),
        )


def _actions(service: str, operation: str, request: Json) -> Iterator[tuple[str, str, Json]]:
    if stream := request.get("StreamArn") or request.get("ShardIterator"):
        yield operation, _TABLE_OF_STREAM.findall(stream)[0], {}
    elif service == "dynamodb":
        yield from _table_actions(operation, request)
    elif service == "events":
        for entry in request["Entries"]:
            yield operation, entry["EventBusName"], entry
    else:
        yield operation, request.get("QueueUrl") or _secret(request), {}


def _secret(request: Json) -> str:
    name = str(request.get("SecretId") or request["Name"])
    # Secrets that are created while a stack runs are named STACK/KIND/ID.
    return name.split("/")[1] if name.count("/") == 2 and not name.startswith("arn:") else name


def _table_actions(operation: str, request: Json) -> Iterator[tuple[str, str, Json]]:
    if operation.startswith("Transact"):
        for action in request["TransactItems"]:
            ((kind, inner),) = action.items()
            yield _TRANSACTED[kind], inner["TableName"], inner
    elif operation.startswith("Batch"):
        for table in request["RequestItems"]:
            yield operation, table, {}
    else:
        index = f"/index/{request['IndexName']}" if "IndexName" in request else ""
        yield operation, f"{request.get('TableName', '')}{index}", request


def _item(request: Mapping[str, Any], hash_key_of: HashKeyOf) -> tuple[tuple[str, ...], tuple[str, ...]]:
    item = request.get("Key") or request.get("Item")
    if not item:
        return (), ()
    key: Json = item[hash_key_of(request["TableName"])]
    names = {*item, *request.get("ExpressionAttributeNames", {}).values()}
    return tuple(key.values()), tuple(sorted(names))
