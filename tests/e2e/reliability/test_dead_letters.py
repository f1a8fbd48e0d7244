"""A message that the stitcher cannot process: dispatch queue, dead-letter handler, dead letters, redrive.

The tests use their own stack, because they break its gateway secret and shorten its visibility timeouts.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.demo import Seed
from local.stack import LocalStack
from tests.e2e.support.gateway_switch import GatewaySwitch
from tests.e2e.support.http_client import Caller, HttpClient, Json, wait_until

QUEUES = ("DispatchQueue", "UrgentQueue")


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs")


@pytest.fixture(scope="module")
def stack(
    gateway: GatewaySwitch, logs: Path, record_calls: Callable[[LocalStack], None]
) -> Iterator[LocalStack]:
    parameters = {"OpenClawUrl": gateway.url, "LogLevel": "ERROR"}
    with LocalStack(parameters, logs=logs, prepare=Seed()) as running:
        assert running.import_errors() == {}
        for queue in QUEUES:
            running.client("sqs").set_queue_attributes(
                QueueUrl=running.resource(queue), Attributes={"VisibilityTimeout": "1"}
            )
        yield running
        record_calls(running)


@pytest.fixture(scope="module")
def admin(stack: LocalStack) -> Iterator[Caller]:
    http = HttpClient(stack.url)
    yield Caller(http, "local-admin-token")
    http.close()


@pytest.fixture
def openclaw_secret(stack: LocalStack) -> Iterator[Callable[[str], None]]:
    """Replaces the gateway's secret; restored after the test."""
    client = stack.client("secretsmanager")
    secret_id = stack.env("StitcherFunction")["OPENCLAW_SECRET_ID"]
    before = client.get_secret_value(SecretId=secret_id)["SecretString"]

    def put(text: str) -> None:
        client.put_secret_value(SecretId=secret_id, SecretString=text)

    yield put
    put(before)


@pytest.fixture
def failed_jobs(stack: LocalStack, admin: Caller, openclaw_secret: Callable[[str], None]) -> list[Json]:
    """A job from each of the two queues, after five failed deliveries of its message."""
    openclaw_secret("not json")
    body = {"type": "git-status", "instructions": "Say what has changed."}
    created = [
        admin.post("/runner-jobs", {**body, "priority": priority}).ok(202)["id"] for priority in (5, 9)
    ]
    wait_until(lambda: len(dead_letters(stack)) == len(created), "the messages are dead letters", 300)
    return [admin.get(f"/runner-jobs/{job_id}").ok() for job_id in created]


def dead_letters(stack: LocalStack) -> dict[str, str]:
    """Returns the reason of each dead letter by job id; all messages are visible again at once."""
    client, url = stack.client("sqs"), stack.resource("DispatchDeadLetterQueue")
    reasons = {}
    for message in client.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["reason"]
    ).get("Messages", []):
        client.change_message_visibility(
            QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )
        reason = message.get("MessageAttributes", {}).get("reason", {}).get("StringValue", "")
        reasons[json.loads(message["Body"])["jobId"]] = reason
    return reasons


def test_message_failing_five_times_fails_its_job(
    stack: LocalStack, admin: Caller, logs: Path, failed_jobs: list[Json]
) -> None:
    for job in failed_jobs:
        assert (job["status"], job["error"]["code"]) == ("FAILED", "dead_lettered")
        assert "in 5 tries" in job["error"]["title"]
    reasons = dead_letters(stack)
    assert reasons.keys() == {job["id"] for job in failed_jobs}
    for job_id, reason in reasons.items():
        # A slow first delivery can outlast the visibility timeout. The repeated message then finds the job
        # ended.
        assert reason in (f"job {job_id} failed", f"job {job_id} had ended")
    redriven = admin.post("/dead-letters/redrive", {}).ok()["items"]
    assert {item["jobId"]: item["outcome"] for item in redriven} == {
        job["id"]: "retried" for job in failed_jobs
    }
    assert dead_letters(stack) == {}
    for job in failed_jobs:
        admin.post(f"/runner-jobs/{job['id']}/cancel").ok()
    written = {path.name: path.read_text() for path in logs.glob("*Function.log")}
    assert '"level":"ERROR"' in written["DeadLetterFunction.log"]
    assert [name for name, text in written.items() if '"level":"INFO"' in text] == [], "LogLevel is ERROR"
