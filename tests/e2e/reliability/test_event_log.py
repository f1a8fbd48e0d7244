"""The event log: tampering, gaps and repair, dead letters, the event bus, and the notifier's comments.

The tests use their own stack, because they damage its log.
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
from mosaic.forge.answer_comment import MARKER
from tests.e2e.support.gateway_switch import GatewaySwitch
from tests.e2e.support.http_client import Caller, HttpClient, Json, wait_until
from tests.e2e.support.webhook_deliveries import FORGES, comment, new_number
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
    record_calls: Callable[[LocalStack], None],
) -> Iterator[LocalStack]:
    forges = ("NotifierGitHubUrl", "NotifierGiteaUrl", "NotifierForgejoUrl")
    parameters = {"OpenClawUrl": gateway.url, **dict.fromkeys(forges, forge.url)}
    with LocalStack(parameters, logs=tmp_path_factory.mktemp("logs"), prepare=Seed()) as running:
        secret_id = running.env("NotifierFunction")["NOTIFIER_SECRET_ID"]
        put_secret(running, secret_id, github="github-t0ken", gitea="gitea-t0ken", forgejo="forgejo-t0ken")
        assert running.import_errors() == {}
        yield running
        record_calls(running)


@pytest.fixture(scope="module")
def http(stack: LocalStack) -> Iterator[HttpClient]:
    opened = HttpClient(stack.url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def admin(http: HttpClient) -> Caller:
    return Caller(http, "local-admin-token")


@pytest.fixture
def mosaic(stack: LocalStack, tmp_path: Path) -> Callable[..., tuple[int, Json]]:
    """Runs `mosaic ARGUMENTS --json` as an admin; returns the exit code and the output."""

    def run(*arguments: str) -> tuple[int, Json]:
        environment = {"HOME": str(tmp_path), "MOSAIC_URL": stack.url, "MOSAIC_TOKEN": "local-admin-token"}
        command = [MOSAIC, *arguments, "--json"]
        done = subprocess.run(  # noqa: S603 - the product's own command
            command, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        return done.returncode, json.loads(done.stdout or done.stderr)

    return run


@pytest.fixture
def job(admin: Caller) -> Json:
    """A completed job with an intact log."""
    body = {"type": "git-status", "instructions": "Say what has changed."}
    job_id = admin.post("/runner-jobs", body).ok(202)["id"]

    def verified_end() -> Json | None:
        ended = admin.get(f"/runner-jobs/{job_id}").ok()["status"] == "COMPLETED"
        verification = admin.get(f"/runner-jobs/{job_id}/events/verify").ok()
        return verification if ended and verification["status"] == "intact" else None

    wait_until(verified_end, "the job is completed and recorded")
    return admin.get(f"/runner-jobs/{job_id}").ok()


class Log:
    """A job's log with the write access of a table administrator."""

    def __init__(self, stack: LocalStack, job_id: str) -> None:
        self._table = {"TableName": stack.resource("EventsTable")}
        self._client = stack.client("dynamodb")
        self._key = f"demo#{job_id}"

    def items(self, version: int) -> list[Json]:
        items: list[Json] = self._client.query(
            **self._table,
            KeyConditionExpression="job_key = :key AND begins_with(event_key, :version)",
            ExpressionAttributeValues={":key": {"S": self._key}, ":version": {"S": f"{version:08d}."}},
        )["Items"]
        return items

    def remove(self, version: int) -> None:
        for item in self.items(version):
            key = {name: item[name] for name in ("job_key", "event_key")}
            self._client.delete_item(**self._table, Key=key)

    def edit(self, version: int, **changes: Any) -> None:
        item = self.items(version)[0]
        text = json.dumps({**json.loads(item["event"]["S"]), **changes})
        self._client.put_item(**self._table, Item={**item, "event": {"S": text}})


def message_bodies(stack: LocalStack, queue: str) -> list[str]:
    """Returns the bodies of all messages in a queue; they are visible again at once."""
    client, url, messages = stack.client("sqs"), stack.resource(queue), []
    while batch := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        messages += batch
    for message in messages:
        client.change_message_visibility(
            QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )
    return [message["Body"] for message in messages]


def abandoned_record_message(stack: LocalStack, job_id: str, version: int) -> str:
    """Returns Lambda's message about an abandoned record of the jobs table's stream."""
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


def create_job(admin: Caller, **fields: object) -> str:
    body = {"type": "git-status", "instructions": "Say what has changed.", **fields}
    return str(admin.post("/runner-jobs", body).ok(202)["id"])


def status(admin: Caller, job_id: str) -> str:
    return str(admin.get(f"/runner-jobs/{job_id}").ok()["status"])


def job_message(workspace_id: str, job_id: str) -> str:
    return json.dumps({"workspaceId": workspace_id, "jobId": job_id})


def store_unreadable_job(stack: LocalStack, job_id: str) -> None:
    """Stores a job that the code cannot read."""
    key = {"workspace_id": {"S": "broken"}, "job_id": {"S": job_id}}
    item = {**key, "version": {"N": "1"}, "job": {"S": "{}"}, "status_key": {"S": "broken"}}
    stack.client("dynamodb").put_item(TableName=stack.resource("JobsTable"), Item=item)


def test_changed_event_is_detected(
    stack: LocalStack, job: Json, mosaic: Callable[..., tuple[int, Json]]
) -> None:
    code, verification = mosaic("events", "verify", job["id"])
    assert (code, verification["status"], verification["version"]) == (0, "intact", job["version"])
    assert verification["hash"] == job["events"][-1]["hash"]
    Log(stack, job["id"]).edit(2, actor="eve")
    code, verification = mosaic("events", "verify", job["id"])
    assert (code, verification["broken"]["kind"], verification["broken"]["version"]) == (8, "edit", 2)


def test_gap_is_repaired_from_the_stream(
    stack: LocalStack, job: Json, mosaic: Callable[..., tuple[int, Json]]
) -> None:
    log = Log(stack, job["id"])
    before = log.items(2)
    log.remove(2)
    assert mosaic("events", "verify", job["id"])[1]["broken"]["kind"] == "gap"
    stack.client("sqs").send_message(
        QueueUrl=stack.resource("RecorderDeadLetterQueue"),
        MessageBody=abandoned_record_message(stack, job["id"], 2),
    )
    code, verification = mosaic("events", "repair", job["id"])
    assert (code, verification["status"]) == (0, "intact")
    assert log.items(2) == before
    assert message_bodies(stack, "RecorderDeadLetterQueue") == []


def test_unrecoverable_gap_is_reported_as_lost(
    stack: LocalStack, admin: Caller, job: Json, mosaic: Callable[..., tuple[int, Json]]
) -> None:
    Log(stack, job["id"]).remove(2)
    code, verification = mosaic("events", "repair", job["id"], "--reason", "a look")
    assert (code, verification["broken"]["kind"], verification["broken"]["version"]) == (8, "gap", 2)
    assert verification["broken"]["searchedAt"]
    events = admin.get(f"/runner-jobs/{job['id']}/events").ok()["items"]
    (mark,) = [event for event in events if event["type"] == "log.gap"]
    assert mark["payload"] == {"firstVersion": 2, "lastVersion": 2, "reason": "a look"}
    assert mark["actor"] == "token:local-admin"


def test_unreadable_record_does_not_block_others(
    stack: LocalStack, request: pytest.FixtureRequest, mosaic: Callable[..., tuple[int, Json]]
) -> None:
    store_unreadable_job(stack, "J")
    job = request.getfixturevalue("job")
    (set_aside,) = message_bodies(stack, "RecorderDeadLetterQueue")
    assert json.loads(set_aside)["record"]["dynamodb"]["NewImage"]["job"] == {"S": "{}"}
    Log(stack, job["id"]).remove(2)
    assert mosaic("events", "repair", job["id"])[0] == 8
    assert message_bodies(stack, "RecorderDeadLetterQueue") == [set_aside], (
        "the unreadable record stays in the queue"
    )
    stack.client("sqs").purge_queue(QueueUrl=stack.resource("RecorderDeadLetterQueue"))


def test_dead_letter_fails_job_until_redriven(
    stack: LocalStack, admin: Caller, gateway: GatewaySwitch, mosaic: Callable[..., tuple[int, Json]]
) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    waiting = create_job(admin, runAt=tomorrow)
    running = [create_job(admin, instructions="SLEEP=600", priority=priority) for priority in (5, 9)]
    wait_until(lambda: {status(admin, job_id) for job_id in running} == {"RUNNING"}, "both jobs run")
    for body in (*(job_message("demo", job_id) for job_id in (waiting, *running)), GARBAGE):
        stack.client("sqs").send_message(QueueUrl=stack.resource("FailedDispatchQueue"), MessageBody=body)

    def dead_letters() -> list[str]:
        return message_bodies(stack, "DispatchDeadLetterQueue")

    wait_until(lambda: len(dead_letters()) == 4, "all messages are kept")
    for job_id in (waiting, *running):
        job = admin.get(f"/runner-jobs/{job_id}").ok()
        assert (job["status"], job["error"]["code"], job["error"]["retryable"]) == (
            "FAILED",
            "dead_lettered",
            True,
        )
    wait_until(lambda: not any(map(gateway.runs, running)), "the runs are stopped")

    code, redriven = mosaic("redrive", "--limit", "99")
    outcomes = {item["jobId"]: item["outcome"] for item in redriven["items"]}
    assert (code, outcomes) == (0, dict.fromkeys((waiting, *running), "retried"))
    wait_until(lambda: status(admin, waiting) == "COMPLETED", "the job has been retried")
    wait_until(lambda: dead_letters() == [GARBAGE], "the unknown message stays in the queue")
    assert mosaic("redrive") == (0, {"items": []})
    stack.client("sqs").send_message(
        QueueUrl=stack.resource("FailedDispatchQueue"), MessageBody=job_message("demo", waiting)
    )
    wait_until(lambda: len(dead_letters()) == 2, "the message of the ended job is kept")
    assert mosaic("redrive")[1]["items"] == [{"jobId": waiting, "outcome": "sent", "reason": None}]
    for job_id in running:
        admin.post(f"/runner-jobs/{job_id}/cancel").ok()


def test_unreadable_job_keeps_its_message(stack: LocalStack) -> None:
    store_unreadable_job(stack, "01KGA000000000000000000000")
    body = job_message("broken", "01KGA000000000000000000000")
    stack.client("sqs").send_message(QueueUrl=stack.resource("FailedDispatchQueue"), MessageBody=body)
    wait_until(lambda: body in message_bodies(stack, "DispatchDeadLetterQueue"), "the message is kept")


def test_bus_delivers_the_logged_events(stack: LocalStack, request: pytest.FixtureRequest) -> None:
    events, sqs = stack.client("events"), stack.client("sqs")
    url = sqs.create_queue(QueueName="listener")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    rule = {"Name": "listener", "EventBusName": stack.output("EventBusName")}
    events.put_rule(**rule, EventPattern=json.dumps({"detail-type": [{"prefix": "job."}]}))
    events.put_targets(Rule="listener", EventBusName=rule["EventBusName"], Targets=[{"Id": "1", "Arn": arn}])
    job = request.getfixturevalue("job")

    logged = [event for event in job["events"] if event["type"].startswith("job.")]
    received: dict[str, Json] = {}
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            detail = json.loads(message["Body"])["detail"]
            if detail["jobId"] == job["id"]:
                received[detail["id"]] = detail
    events.remove_targets(Rule="listener", EventBusName=rule["EventBusName"], Ids=["1"])
    assert received == {event["id"]: {"workspaceId": "demo", **event} for event in logged}


def test_requests_are_answered_on_the_issue(admin: Caller, http: HttpClient, forge: ForgeServer) -> None:
    issue = new_number()

    def say(words: str, by: str = "ada", association: str = "MEMBER") -> int:
        """Returns the id of a comment on the issue, which is delivered twice."""
        written = forge.comments.add(REPOSITORY, issue, by, f"@mosaic {words}")
        delivery = comment(
            "github",
            written.body,
            REPOSITORY,
            issue=issue,
            by=by,
            comment_id=written.id,
            association=association,
        )
        for each in (delivery, delivery.redelivered()):
            each.send(http)
        return written.id

    def answers() -> list[str]:
        bodies = [each.body for each in forge.comments.on(REPOSITORY, issue)]
        return [body for body in bodies if body.startswith(MARKER)]

    def reaction(comment_id: int) -> set[str]:
        return {
            reaction
            for _, target, reaction in forge.comments.reactions
            if target.comment_id == str(comment_id)
        }

    work = say("SLEEP=600")
    wait_until(lambda: reaction(work) == {"eyes"}, "the mention has a reaction")
    (job,) = admin.get(f"/runner-jobs?repository={REPOSITORY}&issue={issue}").ok()["items"]
    refused = say("cancel", "mallory", "NONE")
    wait_until(lambda: reaction(refused) == {"confused"}, "the refusal has a reaction")
    wait_until(lambda: ["mallory may not cancel" in body for body in answers()] == [True], "it is explained")
    say("status", "mallory", "NONE")
    wait_until(lambda: [job["shortCode"] in body for body in answers()] == [True], "the status is shown")
    (body,) = answers()
    assert "mallory may not cancel" in body
    admin.post(f"/runner-jobs/{job['id']}/cancel").ok()


@pytest.mark.parametrize("provider", FORGES)
def test_issue_comment_shows_the_job_status(
    admin: Caller, http: HttpClient, forge: ForgeServer, provider: str
) -> None:
    issue = new_number()
    job_id = comment(provider, "@mosaic SLEEP=600", REPOSITORY, issue=issue).send(http).ok(202)["jobId"]

    def comment_has(text: str) -> Callable[[], bool]:
        return lambda: [text in comment.body for comment in forge.comments.on(REPOSITORY, issue)] == [True]

    wait_until(comment_has("is **RUNNING**"), "the comment shows RUNNING")
    admin.post(f"/runner-jobs/{job_id}/cancel").ok()
    wait_until(comment_has("is **CANCELLED**"), "the comment shows CANCELLED")
    scheme = "Bearer" if provider == "github" else "token"
    assert f"{scheme} {provider}-t0ken" in {token for _, _, token in forge.requests}
