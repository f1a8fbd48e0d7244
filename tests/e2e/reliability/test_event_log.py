"""The record on a stack of its own, since what is done to it here must not happen elsewhere: its chain, gaps in it,
poison, the bus, and the comments of the notifier.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.demo import Seed, put_secret
from local.stack import LocalStack
from mosaic import clock
from tests.e2e.support.gateway_switch import GatewaySwitch
from tests.e2e.support.http_client import Caller, Json, Web, eventually
from tests.e2e.support.webhook_deliveries import FORGES, comment, fresh
from tests.fakes.forge import FakeComments, ForgeServer

REPOSITORY = "acme/shop"
MOSAIC = str(Path(sys.executable).with_name("mosaic"))
GARBAGE = "hello?"


@pytest.fixture(scope="module")
def forge() -> Iterator[ForgeServer]:
    opened = ForgeServer(FakeComments(clock.now))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def stack(
    gateway: GatewaySwitch,
    forge: ForgeServer,
    tmp_path_factory: pytest.TempPathFactory,
    keep_calls: Callable[[LocalStack], None],
) -> Iterator[LocalStack]:
    told = {"OpenClawUrl": gateway.url, "NotifierGitHubUrl": forge.url, "NotifierGiteaUrl": forge.url}
    with LocalStack(told, logs=tmp_path_factory.mktemp("logs"), prepare=Seed()) as running:
        secret_id = running.env("NotifierFunction")["NOTIFIER_SECRET_ID"]
        put_secret(running, secret_id, github="github-t0ken", gitea="gitea-t0ken")
        assert running.import_errors() == {}
        yield running
        keep_calls(running)


@pytest.fixture(scope="module")
def web(stack: LocalStack) -> Iterator[Web]:
    opened = Web(stack.url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def admin(web: Web) -> Caller:
    return Caller(web, "local-admin-token")


@pytest.fixture
def mosaic(stack: LocalStack, tmp_path: Path) -> Callable[..., tuple[int, Json]]:
    """`mosaic ARGUMENTS --json`, as an admin: its exit code and what it says."""

    def run(*arguments: str) -> tuple[int, Json]:
        told = {"HOME": str(tmp_path), "MOSAIC_URL": stack.url, "MOSAIC_TOKEN": "local-admin-token"}
        command = [MOSAIC, *arguments, "--json"]
        done = subprocess.run(command, env=told, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - the product's own command
        return done.returncode, json.loads(done.stdout or done.stderr)

    return run


@pytest.fixture
def job(admin: Caller) -> Json:
    """A job that has run to its end, with all of it on record."""
    asked = {"type": "git-status", "instructions": "Say what has changed."}
    job_id = admin.post("/runner-jobs", asked).ok(202)["id"]

    def over() -> Json | None:
        ended = admin.get(f"/runner-jobs/{job_id}").ok()["status"] == "COMPLETED"
        found = admin.get(f"/runner-jobs/{job_id}/events/verify").ok()
        return found if ended and found["status"] == "intact" else None

    eventually(over, "the job is done and on record")
    return admin.get(f"/runner-jobs/{job_id}").ok()


class Log:
    """A job's log as whoever may write the table could tamper with it."""

    def __init__(self, stack: LocalStack, job_id: str) -> None:
        self._table = {"TableName": stack.resource("EventsTable")}
        self._client = stack.client("dynamodb")
        self._key = f"demo#{job_id}"

    def items(self, version: int) -> list[Json]:
        found: list[Json] = self._client.query(
            **self._table,
            KeyConditionExpression="job_key = :key AND begins_with(event_key, :version)",
            ExpressionAttributeValues={":key": {"S": self._key}, ":version": {"S": f"{version:08d}."}},
        )["Items"]
        return found

    def remove(self, version: int) -> None:
        for item in self.items(version):
            key = {name: item[name] for name in ("job_key", "event_key")}
            self._client.delete_item(**self._table, Key=key)

    def edit(self, version: int, **changes: Any) -> None:
        item = self.items(version)[0]
        text = json.dumps({**json.loads(item["event"]["S"]), **changes})
        self._client.put_item(**self._table, Item={**item, "event": {"S": text}})


def letters(stack: LocalStack, queue: str) -> list[str]:
    """The bodies of all messages in a queue, which can be received again at once."""
    client, url, found = stack.client("sqs"), stack.resource(queue), []
    while taken := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += taken
    for each in found:
        client.change_message_visibility(
            QueueUrl=url, ReceiptHandle=each["ReceiptHandle"], VisibilityTimeout=0
        )
    return [each["Body"] for each in found]


def pointer(stack: LocalStack, job_id: str, version: int) -> str:
    """What Lambda writes of a record of the jobs table's stream that it gave up."""
    client = stack.client("dynamodbstreams")
    arn = stack.env("RecorderFunction")["JOBS_STREAM_ARN"]
    (shard,) = client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = client.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    for entry in client.get_records(ShardIterator=iterator)["Records"]:
        image = entry["dynamodb"]["NewImage"]
        if (image["job_id"]["S"], image["version"]["N"]) == (job_id, str(version)):
            number = entry["dynamodb"]["SequenceNumber"]
            break
    where = {"shardId": shard["ShardId"], "startSequenceNumber": number, "endSequenceNumber": number}
    return json.dumps({"DDBStreamBatchInfo": where})


def created(admin: Caller, **fields: object) -> str:
    asked = {"type": "git-status", "instructions": "Say what has changed.", **fields}
    return str(admin.post("/runner-jobs", asked).ok(202)["id"])


def status(admin: Caller, job_id: str) -> str:
    return str(admin.get(f"/runner-jobs/{job_id}").ok()["status"])


def wake(workspace_id: str, job_id: str) -> str:
    return json.dumps({"workspaceId": workspace_id, "jobId": job_id})


def unreadable(stack: LocalStack, job_id: str) -> None:
    """A stored job that no code can read."""
    key = {"workspace_id": {"S": "broken"}, "job_id": {"S": job_id}}
    item = {**key, "version": {"N": "1"}, "job": {"S": "{}"}, "status_key": {"S": "broken"}}
    stack.client("dynamodb").put_item(TableName=stack.resource("JobsTable"), Item=item)


def test_a_log_that_was_changed_is_found_out(
    stack: LocalStack, job: Json, mosaic: Callable[..., tuple[int, Json]]
) -> None:
    code, found = mosaic("events", "verify", job["id"])
    assert (code, found["status"], found["version"]) == (0, "intact", job["version"])
    assert found["hash"] == job["events"][-1]["hash"]
    Log(stack, job["id"]).edit(2, actor="eve")
    code, found = mosaic("events", "verify", job["id"])
    assert (code, found["broken"]["kind"], found["broken"]["version"]) == (8, "edit", 2)


def test_a_gap_is_closed_from_the_stream_byte_for_byte(
    stack: LocalStack, job: Json, mosaic: Callable[..., tuple[int, Json]]
) -> None:
    log = Log(stack, job["id"])
    before = log.items(2)
    log.remove(2)
    assert mosaic("events", "verify", job["id"])[1]["broken"]["kind"] == "gap"
    stack.client("sqs").send_message(
        QueueUrl=stack.resource("RecorderDeadLetterQueue"), MessageBody=pointer(stack, job["id"], 2)
    )
    code, found = mosaic("events", "repair", job["id"])
    assert (code, found["status"]) == (0, "intact")
    assert log.items(2) == before
    assert letters(stack, "RecorderDeadLetterQueue") == []


def test_what_nobody_has_any_more_is_said_to_be_lost(
    stack: LocalStack, admin: Caller, job: Json, mosaic: Callable[..., tuple[int, Json]]
) -> None:
    Log(stack, job["id"]).remove(2)
    code, found = mosaic("events", "repair", job["id"], "--reason", "a look")
    assert (code, found["broken"]["kind"], found["broken"]["version"]) == (8, "gap", 2)
    assert found["broken"]["searchedAt"]
    events = admin.get(f"/runner-jobs/{job['id']}/events").ok()["items"]
    (mark,) = [event for event in events if event["type"] == "log.gap"]
    assert mark["payload"] == {"firstVersion": 2, "lastVersion": 2, "reason": "a look"}
    assert mark["actor"] == "token:local-admin"


def test_a_record_that_cannot_be_recorded_holds_up_nobody(
    stack: LocalStack, request: pytest.FixtureRequest, mosaic: Callable[..., tuple[int, Json]]
) -> None:
    unreadable(stack, "J")
    job = request.getfixturevalue("job")
    (aside,) = letters(stack, "RecorderDeadLetterQueue")
    assert json.loads(aside)["record"]["dynamodb"]["NewImage"]["job"] == {"S": "{}"}
    Log(stack, job["id"]).remove(2)
    assert mosaic("events", "repair", job["id"])[0] == 8
    assert letters(stack, "RecorderDeadLetterQueue") == [aside], "what still cannot be recorded stays"
    stack.client("sqs").purge_queue(QueueUrl=stack.resource("RecorderDeadLetterQueue"))


def test_what_cannot_be_processed_fails_its_job_until_it_is_put_back(
    stack: LocalStack, admin: Caller, gateway: GatewaySwitch, mosaic: Callable[..., tuple[int, Json]]
) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    waiting = created(admin, runAt=tomorrow)
    running = [created(admin, instructions="SLEEP=600", priority=priority) for priority in (5, 9)]
    eventually(lambda: {status(admin, job_id) for job_id in running} == {"RUNNING"}, "both jobs run")
    for body in (*(wake("demo", job_id) for job_id in (waiting, *running)), GARBAGE):
        stack.client("sqs").send_message(QueueUrl=stack.resource("FailedDispatchQueue"), MessageBody=body)

    def kept() -> list[str]:
        return letters(stack, "DispatchDeadLetterQueue")

    eventually(lambda: len(kept()) == 4, "all messages are kept")
    for job_id in (waiting, *running):
        job = admin.get(f"/runner-jobs/{job_id}").ok()
        assert (job["status"], job["error"]["code"], job["error"]["retryable"]) == (
            "FAILED",
            "dead_lettered",
            True,
        )
    eventually(lambda: not any(map(gateway.held, running)), "the runs are stopped")

    code, told = mosaic("redrive", "--limit", "99")
    outcomes = {each["jobId"]: each["outcome"] for each in told["items"]}
    assert (code, outcomes) == (0, dict.fromkeys((waiting, *running), "retried"))
    eventually(lambda: status(admin, waiting) == "COMPLETED", "the job has been retried")
    eventually(lambda: kept() == [GARBAGE], "what is nobody's is still there")
    assert mosaic("redrive") == (0, {"items": []})
    stack.client("sqs").send_message(
        QueueUrl=stack.resource("FailedDispatchQueue"), MessageBody=wake("demo", waiting)
    )
    eventually(lambda: len(kept()) == 2, "the message of the job that had ended is kept")
    assert mosaic("redrive")[1]["items"] == [{"jobId": waiting, "outcome": "sent", "reason": None}]
    for job_id in running:
        admin.post(f"/runner-jobs/{job_id}/cancel").ok()


def test_a_job_that_cannot_be_read_is_left_and_its_message_is_kept(stack: LocalStack) -> None:
    unreadable(stack, "01KGA000000000000000000000")
    body = wake("broken", "01KGA000000000000000000000")
    stack.client("sqs").send_message(QueueUrl=stack.resource("FailedDispatchQueue"), MessageBody=body)
    eventually(lambda: body in letters(stack, "DispatchDeadLetterQueue"), "the message is kept")


def test_whoever_listens_to_the_bus_hears_what_is_in_the_log(
    stack: LocalStack, request: pytest.FixtureRequest
) -> None:
    events, sqs = stack.client("events"), stack.client("sqs")
    url = sqs.create_queue(QueueName="listener")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    rule = {"Name": "listener", "EventBusName": stack.output("EventBusName")}
    events.put_rule(**rule, EventPattern=json.dumps({"detail-type": [{"prefix": "job."}]}))
    events.put_targets(Rule="listener", EventBusName=rule["EventBusName"], Targets=[{"Id": "1", "Arn": arn}])
    job = request.getfixturevalue("job")

    logged = [event for event in job["events"] if event["type"].startswith("job.")]
    heard: dict[str, Json] = {}
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            detail = json.loads(message["Body"])["detail"]
            if detail["jobId"] == job["id"]:
                heard[detail["id"]] = detail
    events.remove_targets(Rule="listener", EventBusName=rule["EventBusName"], Ids=["1"])
    assert heard == {event["id"]: {"workspaceId": "demo", **event} for event in logged}


@pytest.mark.parametrize("provider", FORGES)
def test_an_issue_has_one_comment_that_says_how_its_job_stands(
    admin: Caller, web: Web, forge: ForgeServer, provider: str
) -> None:
    issue = fresh()
    asked = comment(provider, "@mosaic SLEEP=600", REPOSITORY, issue=issue).send(web).ok(202)["jobId"]

    def said(text: str) -> Callable[[], bool]:
        return lambda: [text in each.body for each in forge.held.on(REPOSITORY, issue)] == [True]

    eventually(said("is **RUNNING**"), "the comment says that the job runs")
    admin.post(f"/runner-jobs/{asked}/cancel").ok()
    eventually(said("is **CANCELLED**"), "the comment says that the job is cancelled")
    tokens = {"github": "Bearer github-t0ken", "gitea": "token gitea-t0ken"}
    assert tokens[provider] in {token for _, _, token in forge.asked}
