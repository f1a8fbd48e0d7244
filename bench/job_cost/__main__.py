"""`python -m bench.job_cost`: what a job costs on AWS, from the calls that one makes: see `make cost`.

A job goes its whole way on the local stack: a comment on GitHub, the agent's run, five gates reported. Calls, messages,
events and capacity are counted; a function's time is assumed, since this machine is not Lambda. Prices are those of
us-east-1 in November 2026, without any free tier.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import markdown
from bench.job_cost.capacity_units import write_units
from bench.job_cost.one_job import run_job
from local.cloud.tables import declared_tables
from local.cloud.template import load
from local.demo import CALLBACK_TOKEN, GATEWAY_TOKEN, Seed
from local.gateway.stand_in import StandInGateway
from local.stack import LocalStack
from mosaic.metrics import Metric

Json = dict[str, Any]
ROOT = Path(__file__).parents[2]

MILLION = 1_000_000
REQUEST, INVOCATION, GB_SECOND = 1.00, 0.20, 13.3334  # $ for a million
WRITE, READ, MESSAGE, EVENT = 0.625, 0.125, 0.40, 1.00
LOG_GB = 0.50
LOG_KB = 1.5  # of one invocation's lines, and of the access log's
# Milliseconds of a warm invocation, with AWS's network; the stitcher's are those of a gateway that answers at once.
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
    """Every change of the jobs table: the item before and after."""
    client = stack.client("dynamodbstreams")
    (stream,) = client.list_streams(TableName=stack.resource("JobsTable"))["Streams"]
    arn = stream["StreamArn"]
    shards = client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    found = []
    for shard in shards:
        place = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        read = client.get_records(ShardIterator=client.get_shard_iterator(**place)["ShardIterator"])
        images = (record_operation["dynamodb"] for record_operation in read["Records"])
        found += [(image.get("OldImage"), image["NewImage"]) for image in images]
    return found


def count_operations(
    stack: LocalStack, asked: Counter[str]
) -> tuple[list[tuple[str, float, float]], list[Any]]:
    """Rows of what one job uses, how much of it, and $ for a million jobs; and of each function's calls."""
    # Looking at the job is this program's; what a caller looks at is priced in docs/explanation/performance.md.
    calls = [call for call in stack.calls() if call.function != "ApiFunction" or call.action in WRITES]
    actions = Counter(call.action for call in calls)
    changes = versions(stack)
    indexes = declared_tables(ROOT / "template.yaml")["JobsTable"].get("GlobalSecondaryIndexes", [])
    writes = sum(write_units(old, new, indexes) for old, new in changes)
    writes += sum(
        -(-call.request_bytes // 1024)
        for call in calls
        if call.action in WRITES and call.resource != "JobsTable"
    )
    reads = sum(actions[action] for action in READS) + asked["ApiFunction"] * 2
    sent = actions["sqs:SendMessage"]
    invoked = Counter({**asked, "StitcherFunction": sent, "RecorderFunction": len(changes)})
    gb_seconds = sum(ASSUMED_MS[name] / 1000 * number for name, number in invoked.items())
    invocations, requests = sum(invoked.values()), asked["WebhookFunction"] + asked["ApiFunction"]
    log_gb = (invocations + requests) * LOG_KB / MILLION
    rows: list[tuple[str, float, float]] = [
        ("HTTP API, requests", requests, requests * REQUEST),
        ("Lambda, invocations", invocations, invocations * INVOCATION),
        ("Lambda, GB-seconds at 1 GB", round(gb_seconds, 2), gb_seconds * GB_SECOND),
        ("DynamoDB, write units", writes, writes * WRITE),
        ("DynamoDB, read units, at least", reads, reads * READ),
        ("SQS, requests", sent * 3, sent * 3 * MESSAGE),
        ("EventBridge, events", actions["events:PutEvents"], actions["events:PutEvents"] * EVENT),
        ("CloudWatch Logs, KB", round(log_gb * MILLION, 1), log_gb * LOG_GB * MILLION),
    ]
    per_function = Counter((call.function, call.action.partition(":")[2], call.resource) for call in calls)
    return rows, [(*what, number) for what, number in sorted(per_function.items())]


def by_month() -> list[tuple[str, float]]:
    """What costs by the month whether there is a job or not, in $."""
    declared = load(ROOT / "template.yaml", {"OpenClawUrl": "https://openclaw.test"})["Resources"].values()
    kinds = Counter(one["Type"] for one in declared)
    snapshots = sum("SnapStart" in one.get("Properties", {}) for one in declared)
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
        (f"{metrics} metrics of its own, when all are measured", metrics * METRIC),
    ]


def main() -> None:
    """Count and print."""
    logging.getLogger("samtranslator").setLevel(logging.ERROR)  # warns of metrics that it did not publish
    gateway = StandInGateway(GATEWAY_TOKEN, CALLBACK_TOKEN)
    gateway.start()
    try:
        seed, parameters = Seed(), {"OpenClawUrl": gateway.url}
        with (
            TemporaryDirectory() as logs,
            LocalStack(parameters, logs=Path(logs), prepare=seed) as stack,
        ):
            asked = run_job(stack, seed.demo)
            time.sleep(2)  # the recorder takes the last version
            rows, calls = count_operations(stack, asked)
    finally:
        gateway.stop()
    total = sum(price for *_, price in rows)
    told = [(name, number, f"{price:.2f}") for name, number, price in rows]
    print("One job: a comment, a run, its gates.\n")
    print(
        markdown.table(("what", "for one job", "$ for a million"), [*told, ("together", "", f"{total:.2f}")])
    )
    fixed = [(name, f"{price:.2f}") for name, price in by_month()]
    together = sum(price for _, price in by_month())
    print("\nBy the month, without any job.\n")
    print(markdown.table(("what", "$"), [*fixed, ("together", f"{together:.2f}")]))
    print("\nThe calls of that job.\n")
    print(markdown.table(("function", "action", "on", "times"), calls))


if __name__ == "__main__":
    main()
