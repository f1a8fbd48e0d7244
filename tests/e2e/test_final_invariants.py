"""What has to hold whatever was done: runs after every other test here, over all that they left behind."""

import json
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from local.demo import CALLBACK_TOKEN, GATEWAY_TOKEN, WEBHOOK_SECRET
from local.stack import LocalStack
from mosaic.events.model import Event
from mosaic.events.verify import VerifiedPrefix
from mosaic.storage.jobs import from_image
from tests.e2e.support.gateway_switch import GatewaySwitch
from tests.e2e.support.http_client import Json, Web, eventually
from tests.e2e.support.tenants import Tenant
from tests.e2e.support.webhook_deliveries import PROVIDERS, mention

TABLES = ("JobsTable", "EventsTable", "ClaimsTable", "AccessTable")


def _items(stack: LocalStack, table: str) -> Iterator[Json]:
    pages = stack.client("dynamodb").get_paginator("scan").paginate(TableName=stack.resource(table))
    for page in pages:
        yield from page["Items"]


@pytest.fixture(scope="module")
def secrets(stack: LocalStack, bearers: list[str]) -> dict[str, str]:
    """Everything that must never be seen, by what it is."""
    secret_id = stack.env("StitcherFunction")["OPENCLAW_SECRET_ID"]
    held = stack.client("secretsmanager").get_secret_value(SecretId=secret_id)["SecretString"]
    tokens = {bearer.rpartition("-")[0]: bearer.rpartition("-")[2] for bearer in bearers}
    return {
        "webhook secret": WEBHOOK_SECRET,
        "gateway token": GATEWAY_TOKEN,
        "callback token": CALLBACK_TOKEN,
        "callback key": json.loads(held)["callbackKey"],
        "demo token": "local-admin-token",
        **tokens,
    }


@pytest.fixture(scope="module")
def callbacks(web: Web, demo: Tenant, gateway: GatewaySwitch) -> dict[str, str]:
    """The tokens in the callback URLs of a job from each door, by the job's id."""
    made = [
        mention(provider, "SLEEP=5", demo.repository).send(web).ok(202)["jobId"] for provider in PROVIDERS
    ]
    for job_id in made:
        demo.until(job_id, "RUNNING", "EXECUTION")
    found = {job_id: gateway.held(job_id)[0]["delivery"]["to"].rpartition("/")[2] for job_id in made}
    for job_id in made:
        demo.member.post(f"/runner-jobs/{job_id}/cancel").ok()
        demo.record(job_id)
    return found


def _seen(text: str, hidden: dict[str, str]) -> list[str]:
    found = set(re.findall("|".join(map(re.escape, hidden.values())), text))
    return [name for name, secret in hidden.items() if secret in found]


def test_no_log_holds_a_secret(
    stack: LocalStack, logs: Path, secrets: dict[str, str], callbacks: dict[str, str]
) -> None:
    stack.invoke("SweeperFunction", {})
    written = {path.name: path.read_text() for path in logs.glob("*Function.log")}
    assert "enqueued" in written["SweeperFunction.log"], "the functions' logs are not where they are looked for"
    assert {name: _seen(text, secrets | callbacks) for name, text in written.items()} == {
        name: [] for name in written
    }


def test_no_answer_holds_a_secret(web: Web, secrets: dict[str, str], callbacks: dict[str, str]) -> None:
    assert len(web.answers) > 10
    for answer in web.answers:
        told = f"{answer.headers} {answer.data.decode(errors='replace')}"
        assert _seen(told, secrets | callbacks) == [], str(answer)


@pytest.mark.parametrize("table", TABLES)
def test_no_table_holds_a_secret(
    table: str, stack: LocalStack, secrets: dict[str, str], callbacks: dict[str, str]
) -> None:
    found = 0
    for item in _items(stack, table):
        found += 1
        assert _seen(json.dumps(item), secrets | callbacks) == [], item
    assert found


def test_no_message_was_given_up(stack: LocalStack) -> None:
    for queue in ("DispatchDeadLetterQueue", "RecorderDeadLetterQueue"):
        asked = {"QueueUrl": stack.resource(queue), "AttributeNames": ["ApproximateNumberOfMessages"]}
        found = stack.client("sqs").get_queue_attributes(**asked)["Attributes"]
        assert found == {"ApproximateNumberOfMessages": "0"}, queue


def test_every_version_of_every_job_is_on_record_once_and_in_order(stack: LocalStack) -> None:
    def complete() -> bool:
        stored = {item["job_id"]["S"]: int(item["version"]["N"]) for item in _items(stack, "JobsTable")}
        events = sorted(
            (json.loads(item["event"]["S"]) for item in _items(stack, "EventsTable")),
            key=lambda event: (event["jobId"], event["version"], event["index"]),
        )
        recorded = {
            job_id: list(dict.fromkeys(event["version"] for event in told))
            for job_id, told in groupby(events, lambda event: event["jobId"])
        }
        return recorded == {job_id: list(range(1, version + 1)) for job_id, version in stored.items()}

    eventually(complete, "the log holds every version of every job")


def test_every_log_is_what_was_saved(stack: LocalStack) -> None:
    """After the versions are all on record, which the test before waits for."""
    stored = [from_image(item) for item in _items(stack, "JobsTable")]
    events = [Event.model_validate_json(item["event"]["S"]) for item in _items(stack, "EventsTable")]
    events.sort(key=lambda event: (event.job_id, event.version, event.index))
    logs = {job_id: list(told) for job_id, told in groupby(events, lambda event: event.job_id)}
    assert stored
    for job in stored:
        known = VerifiedPrefix()
        for _, told in groupby(logs[job.id], lambda event: event.version):
            found = known.extend(job.workspace_id, job.id, list(told))
            assert isinstance(found, VerifiedPrefix), found
            known = found
        assert (known.since, known.version, known.hash) == (1, job.version, job.chain)


def test_no_function_broke(logs: Path) -> None:
    for path in logs.glob("*Function.log"):
        broken = [
            line for line in path.read_text().splitlines() if '"level":"ERROR"' in line or "Traceback" in line
        ]
        assert broken == [], path.name
