"""A message that the stitcher fails at, on its whole way: dispatch queue, poison function, dead letters, and back.

A stack of its own, since its gateway's secret is spoilt and its queues show messages again after a second.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.demo import Seed
from local.stack import LocalStack
from tests.e2e.support.gateway_switch import GatewaySwitch
from tests.e2e.support.http_client import Caller, Json, Web, eventually

QUEUES = ("DispatchQueue", "UrgentQueue")


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs")


@pytest.fixture(scope="module")
def stack(
    gateway: GatewaySwitch, logs: Path, keep_calls: Callable[[LocalStack], None]
) -> Iterator[LocalStack]:
    parameters = {"OpenClawUrl": gateway.url, "LogLevel": "ERROR"}
    with LocalStack(parameters, logs=logs, prepare=Seed()) as running:
        assert running.import_errors() == {}
        for queue in QUEUES:
            running.client("sqs").set_queue_attributes(
                QueueUrl=running.resource(queue), Attributes={"VisibilityTimeout": "1"}
            )
        yield running
        keep_calls(running)


@pytest.fixture(scope="module")
def admin(stack: LocalStack) -> Iterator[Caller]:
    web = Web(stack.url)
    yield Caller(web, "local-admin-token")
    web.close()


@pytest.fixture
def openclaw_secret(stack: LocalStack) -> Iterator[Callable[[str], None]]:
    """Replaces the gateway's secret; it is as it was after the test."""
    client = stack.client("secretsmanager")
    secret_id = stack.env("StitcherFunction")["OPENCLAW_SECRET_ID"]
    before = client.get_secret_value(SecretId=secret_id)["SecretString"]

    def put(text: str) -> None:
        client.put_secret_value(SecretId=secret_id, SecretString=text)

    yield put
    put(before)


@pytest.fixture
def failed_jobs(stack: LocalStack, admin: Caller, openclaw_secret: Callable[[str], None]) -> list[Json]:
    """A job from each of the two queues, for whose messages the stitcher failed five times."""
    openclaw_secret("not json")
    asked = {"type": "git-status", "instructions": "Say what has changed."}
    made = [admin.post("/runner-jobs", {**asked, "priority": one}).ok(202)["id"] for one in (5, 9)]
    eventually(lambda: len(dead_letters(stack)) == len(made), "the messages are dead letters", 300)
    return [admin.get(f"/runner-jobs/{job_id}").ok() for job_id in made]


def dead_letters(stack: LocalStack) -> dict[str, str]:
    """The reason of each dead letter by its job; all can be taken again at once."""
    client, url = stack.client("sqs"), stack.resource("DispatchDeadLetterQueue")
    found = {}
    for each in client.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["reason"]
    ).get("Messages", []):
        client.change_message_visibility(
            QueueUrl=url, ReceiptHandle=each["ReceiptHandle"], VisibilityTimeout=0
        )
        reason = each.get("MessageAttributes", {}).get("reason", {}).get("StringValue", "")
        found[json.loads(each["Body"])["jobId"]] = reason
    return found


def test_a_message_that_fails_five_times_fails_its_job(
    stack: LocalStack, admin: Caller, logs: Path, failed_jobs: list[Json]
) -> None:
    for job in failed_jobs:
        assert (job["status"], job["error"]["code"]) == ("FAILED", "dead_lettered")
        assert "in 5 tries" in job["error"]["title"]
    found = dead_letters(stack)
    assert found.keys() == {job["id"] for job in failed_jobs}
    for job_id, reason in found.items():
        # A message that comes again, its first handling being slower than its visibility timeout, finds the job ended.
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
