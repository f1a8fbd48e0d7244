"""`python -m bench.job_cost`: count the AWS calls of one job, and price them; see `make cost`.

A job runs to its completion on the local stack: a comment on GitHub, the agent's run, five reported gates.
The program counts calls, messages, events and capacity. The functions' durations are assumed, since this
machine is not Lambda. Prices are those of us-east-1 in November 2026, without any free tier.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import markdown
from bench.job_cost.capacity_units import write_units
from bench.job_cost.one_job import run_job
from local.cloud.aws_calls import AwsCall
from local.cloud.tables import declared_tables
from local.cloud.template import load
from local.demo import CALLBACK_TOKEN, GATEWAY_TOKEN, Seed
from local.gateway.stand_in import StandInGateway
from local.stack import LocalStack
from mosaic.metrics import Metric

Json = dict[str, Any]
Row = tuple[str, float, float]
ROOT = Path(__file__).parents[2]

MILLION = 1_000_000
REQUEST, INVOCATION, GB_SECOND = 1.00, 0.20, 13.3334  # $ for a million
WRITE, READ, MESSAGE, EVENT = 0.625, 0.125, 0.40, 1.00
LOG_GB = 0.50
LOG_KB = 1.5  # for one invocation's log lines, and for one line of the access log
# Milliseconds of a warm invocation, with AWS's network. The stitcher's gateway responds at once.
ASSUMED_MS = {
    "AuthorizerFunction": 15,
    "ApiFunction": 40,
    "WebhookFunction": 60,
    "StitcherFunction": 250,
    "RecorderFunction": 40,
}
MONTH_SECONDS = 30 * 86400
SNAPSHOT_GB_SECOND = 0.0000015046
KEY, SECRET, ALARM, DASHBOARD, METRIC = 1.00, 0.40, 0.10, 3.00, 0.30
POLLERS, POLL_SECONDS = 5, 20
WRITES = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}
READS = {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:BatchGetItem"}


def versions(stack: LocalStack) -> list[tuple[Json | None, Json]]:
    """Returns every change of the jobs table: the item before and after."""
    client = stack.client("dynamodbstreams")
    (stream,) = client.list_streams(TableName=stack.resource("JobsTable"))["Streams"]
    arn = stream["StreamArn"]
    shards = client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    changes = []
    for shard in shards:
        position = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        read = client.get_records(ShardIterator=client.get_shard_iterator(**position)["ShardIterator"])
        images = (record["dynamodb"] for record in read["Records"])
        changes += [(image.get("OldImage"), image["NewImage"]) for image in images]
    return changes


def counted_calls(stack: LocalStack) -> list[AwsCall]:
    """Returns the calls that the functions made for the job, without those for this program's own reading."""
    # Reading the job is priced in docs/how-to/costs.md.
    return [call for call in stack.calls() if call.function != "ApiFunction" or call.action in WRITES]


def write_units_of(calls: Sequence[AwsCall], changes: Sequence[tuple[Json | None, Json]]) -> int:
    """Returns the write units of the job's versions, with their indexes, and of the other tables' items."""
    indexes = declared_tables(ROOT / "template.yaml")["JobsTable"].get("GlobalSecondaryIndexes", [])
    others = [call for call in calls if call.action in WRITES and call.resource != "JobsTable"]
    return sum(write_units(old, new, indexes) for old, new in changes) + sum(
        -(-call.request_bytes // 1024) for call in others
    )


def usage(stack: LocalStack, http_requests: Counter[str], calls: Sequence[AwsCall]) -> list[Row]:
    """Returns a row for each priced unit: its name, how many one job uses, and $ for a million jobs."""
    actions, changes = Counter(call.action for call in calls), versions(stack)
    writes = write_units_of(calls, changes)
    reads = sum(actions[action] for action in READS) + http_requests["ApiFunction"] * 2
    sent = actions["sqs:SendMessage"]
    invoked = Counter({**http_requests, "StitcherFunction": sent, "RecorderFunction": len(changes)})
    gb_seconds = sum(ASSUMED_MS[name] / 1000 * number for name, number in invoked.items())
    invocations = sum(invoked.values())
    requests = http_requests["WebhookFunction"] + http_requests["ApiFunction"]
    log_gb = (invocations + requests) * LOG_KB / MILLION
    return [
        ("HTTP API, requests", requests, requests * REQUEST),
        ("Lambda, invocations", invocations, invocations * INVOCATION),
        ("Lambda, GB-seconds at 1 GB", round(gb_seconds, 2), gb_seconds * GB_SECOND),
        ("DynamoDB, write units", writes, writes * WRITE),
        ("DynamoDB, read units, at least", reads, reads * READ),
        ("SQS, requests", sent * 3, sent * 3 * MESSAGE),
        ("EventBridge, events", actions["events:PutEvents"], actions["events:PutEvents"] * EVENT),
        ("CloudWatch Logs, KB", round(log_gb * MILLION, 1), log_gb * LOG_GB * MILLION),
    ]


def calls_by_function(calls: Sequence[AwsCall]) -> list[tuple[str, str, str, int]]:
    """Returns a row for each function, action and resource, with the number of calls."""
    counts = Counter((call.function, call.action.partition(":")[2], call.resource) for call in calls)
    return [(*names, number) for names, number in sorted(counts.items())]


def by_month() -> list[tuple[str, float]]:
    """Returns the fixed costs of a month in $, which do not depend on the number of jobs."""
    declared = load(ROOT / "template.yaml", {"OpenClawUrl": "https://openclaw.test"})["Resources"].values()
    kinds = Counter(resource["Type"] for resource in declared)
    snapshots = sum("SnapStart" in resource.get("Properties", {}) for resource in declared)
    queues = kinds["AWS::Lambda::EventSourceMapping"] - 1  # all but the stream
    alarms, metrics, secrets = (
        kinds["AWS::CloudWatch::Alarm"],
        len(Metric),
        kinds["AWS::SecretsManager::Secret"],
    )
    sweeps, polls = MONTH_SECONDS / 60, POLLERS * MONTH_SECONDS / POLL_SECONDS
    return [
        (f"{snapshots} snapshots of 1 GB, kept", snapshots * SNAPSHOT_GB_SECOND * MONTH_SECONDS),
        ("a sweep a minute, 0.1 s at 512 MB", sweeps * (INVOCATION + 0.05 * GB_SECOND) / MILLION),
        (f"Lambda's polling of {queues} queues", queues * polls * MESSAGE / MILLION),
        (f"a key, {secrets} secrets", KEY + secrets * SECRET),
        (f"{alarms} alarms, a dashboard", alarms * ALARM + DASHBOARD),
        (f"{metrics} custom metrics, when all are measured", metrics * METRIC),
    ]


def main() -> None:
    """Counts the calls of a job, and prints them with their prices."""
    logging.getLogger("samtranslator").setLevel(
        logging.ERROR
    )  # it warns about metrics that it could not publish
    gateway = StandInGateway(GATEWAY_TOKEN, CALLBACK_TOKEN)
    gateway.start()
    try:
        seed, parameters = Seed(), {"OpenClawUrl": gateway.url}
        with (
            TemporaryDirectory() as logs,
            LocalStack(parameters, logs=Path(logs), prepare=seed) as stack,
        ):
            http_requests = run_job(stack, seed.demo)
            time.sleep(2)  # until the recorder has read the last version
            calls = counted_calls(stack)
            rows = usage(stack, http_requests, calls)
    finally:
        gateway.stop()
    _print(rows, calls)


def _print(rows: Sequence[Row], calls: Sequence[AwsCall]) -> None:
    variable = [(name, number, f"{price:.2f}") for name, number, price in rows]
    total = ("total", "", f"{sum(price for *_, price in rows):.2f}")
    print("One job: a comment, a run, its gates.\n")
    print(markdown.table(("unit", "for one job", "$ for a million"), [*variable, total]))
    fixed = [(name, f"{price:.2f}") for name, price in by_month()]
    total_by_month = ("total", f"{sum(price for _, price in by_month()):.2f}")
    print("\nFixed costs of a month.\n")
    print(markdown.table(("unit", "$"), [*fixed, total_by_month]))
    print("\nThe calls of that job.\n")
    print(markdown.table(("function", "action", "on", "times"), calls_by_function(calls)))


if __name__ == "__main__":
    main()
