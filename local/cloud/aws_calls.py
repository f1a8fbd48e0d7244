"""What the functions ask of AWS, as IAM sees it: who, which action, on which resource.

A function's SDK names the function in its User-Agent, because the function's environment has AWS_SDK_UA_APP_ID.
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
# An iterator begins with the ARN of its stream.
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
    """One action that IAM decides on. `attributes` and `leading_keys` are what conditions on items look at."""

    function: str
    action: str
    resource: str
    """A physical name; of an index `table/index/name`"""
    leading_keys: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    request_bytes: int = 0
    """Of the whole request that the action was part of"""


def recording_calls(application: Wsgi, path: Path, hash_key_of: HashKeyOf) -> Wsgi:
    """`application`, writing every call of a function to `path`, a line of JSON each."""

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        named = re.search(r"\bapp/(\w+)", environ.get("HTTP_USER_AGENT", ""))
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        if named and target:
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(body)
            lines = (json.dumps(asdict(call)) + "\n" for call in calls(named[1], target, body, hash_key_of))
            with path.open("a") as file:
                file.write("".join(lines))
        return application(environ, start_response)

    return serve


def read(path: Path) -> Iterator[AwsCall]:
    """The calls that were written to `path`, oldest first; none when there is no such file."""
    if path.exists():
        for line in path.read_text().splitlines():
            told: Json = json.loads(line)
            lists: Json = {name: tuple(one) for name, one in told.items() if isinstance(one, list)}
            yield AwsCall(**{**told, **lists})


def calls(function: str, target: str, body: bytes, hash_key_of: HashKeyOf) -> Iterator[AwsCall]:
    """The actions of one request to a service that speaks JSON; `target` is its X-Amz-Target."""
    prefix, _, operation = target.rpartition(".")
    service = _SERVICES[prefix.partition("_")[0]]
    asked = json.loads(body or b"{}")
    for action, resource, item in _touched(service, operation, asked):
        told = _item(item, hash_key_of)
        yield AwsCall(function, f"{service}:{action}", resource, *told, request_bytes=len(body))


def _touched(service: str, operation: str, asked: Json) -> Iterator[tuple[str, str, Json]]:
    if stream := asked.get("StreamArn") or asked.get("ShardIterator"):
        yield operation, _TABLE_OF_STREAM.findall(stream)[0], {}
    elif service == "dynamodb":
        yield from _of_tables(operation, asked)
    elif service == "events":
        for entry in asked["Entries"]:
            yield operation, entry["EventBusName"], {}
    else:
        yield operation, asked.get("QueueUrl") or asked["SecretId"], {}


def _of_tables(operation: str, asked: Json) -> Iterator[tuple[str, str, Json]]:
    if operation.startswith("Transact"):
        for one in asked["TransactItems"]:
            ((kind, inner),) = one.items()
            yield _TRANSACTED[kind], inner["TableName"], inner
    elif operation.startswith("Batch"):
        for table in asked["RequestItems"]:
            yield operation, table, {}
    else:
        index = f"/index/{asked['IndexName']}" if "IndexName" in asked else ""
        yield operation, f"{asked.get('TableName', '')}{index}", asked


def _item(asked: Mapping[str, Any], hash_key_of: HashKeyOf) -> tuple[tuple[str, ...], tuple[str, ...]]:
    item = asked.get("Key") or asked.get("Item")
    if not item:
        return (), ()
    key: Json = item[hash_key_of(asked["TableName"])]
    names = {*item, *asked.get("ExpressionAttributeNames", {}).values()}
    return tuple(key.values()), tuple(sorted(names))
