"""Invariants that hold after all tests; they run last, over all data of the stack."""

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
from tests.e2e.support.http_client import HttpClient, Json, wait_until
from tests.e2e.support.tenants import Tenant
from tests.e2e.support.webhook_deliveries import PROVIDERS, mention

TABLES = ("JobsTable", "EventsTable", "ClaimsTable", "AccessTable")


def _items(stack: LocalStack, table: str) -> Iterator[Json]:
    pages = stack.client("dynamodb").get_paginator("scan").paginate(TableName=stack.resource(table))
    for page in pages:
        yield from page["Items"]


@pytest.fixture(scope="module")
def secrets(stack: LocalStack, issued_tokens: list[str]) -> dict[str, str]:
    """Every secret value by its description."""
    callback, run_token = _secret(stack, "CallbackSecret"), _secret(stack, "RunTokenSecret")
    tokens = {bearer.rpartition("-")[0]: bearer.rpartition("-")[2] for bearer in issued_tokens}
    return {
        "webhook secret": WEBHOOK_SECRET,
        "gateway token": GATEWAY_TOKEN,
        "callback token": CALLBACK_TOKEN,
        "callback key": callback["callbackKey"],
        "key of run tokens": run_token["runTokenKey"],
        "demo token": "local-admin-token",
        **tokens,
    }


def _secret(stack: LocalStack, logical_id: str) -> Json:
    stored = stack.client("secretsmanager").get_secret_value(SecretId=stack.resource(logical_id))
    value: Json = json.loads(stored["SecretString"])
    return value


@pytest.fixture(scope="module")
def callbacks(http: HttpClient, demo: Tenant, gateway: GatewaySwitch) -> dict[str, str]:
    """The tokens in the callback URLs of a job from each provider, by job id."""
    created = [
        mention(provider, "SLEEP=5", demo.repository).send(http).ok(202)["jobId"] for provider in PROVIDERS
    ]
    for job_id in created:
        demo.wait_for(job_id, "RUNNING", "EXECUTION")
    found = {job_id: gateway.runs(job_id)[0]["delivery"]["to"].rpartition("/")[2] for job_id in created}
    for job_id in created:
        demo.member.post(f"/runner-jobs/{job_id}/cancel").ok()
        demo.recorded_events(job_id)
    return found


def _visible(text: str, hidden: dict[str, str]) -> list[str]:
    found = set(re.findall("|".join(map(re.escape, hidden.values())), text))
    return [name for name, secret in hidden.items() if secret in found]


def test_no_log_contains_a_secret(
    stack: LocalStack, logs: Path, secrets: dict[str, str], callbacks: dict[str, str]
) -> None:
    stack.invoke("SweeperFunction", {})
    written = {path.name: path.read_text() for path in logs.glob("*Function.log")}
    assert "enqueued" in written["SweeperFunction.log"], "the functions' logs are in another folder"
    assert {name: _visible(text, secrets | callbacks) for name, text in written.items()} == {
        name: [] for name in written
    }


def test_no_response_contains_a_secret(
    http: HttpClient, secrets: dict[str, str], callbacks: dict[str, str]
) -> None:
    assert len(http.responses) > 10
    for response in http.responses:
        text = f"{response.headers} {response.data.decode(errors='replace')}"
        assert _visible(text, secrets | callbacks) == [], str(response)


@pytest.mark.parametrize("table", TABLES)
def test_no_table_contains_a_secret(
    table: str, stack: LocalStack, secrets: dict[str, str], callbacks: dict[str, str]
) -> None:
    found = 0
    for item in _items(stack, table):
        found += 1
        assert _visible(json.dumps(item), secrets | callbacks) == [], item
    assert found


def test_no_message_is_a_dead_letter(stack: LocalStack) -> None:
    for queue in ("DispatchDeadLetterQueue", "RecorderDeadLetterQueue"):
        query = {"QueueUrl": stack.resource(queue), "AttributeNames": ["ApproximateNumberOfMessages"]}
        found = stack.client("sqs").get_queue_attributes(**query)["Attributes"]
        assert found == {"ApproximateNumberOfMessages": "0"}, queue


def test_every_version_is_logged_once_in_order(stack: LocalStack) -> None:
    def complete() -> bool:
        stored = {item["job_id"]["S"]: int(item["version"]["N"]) for item in _items(stack, "JobsTable")}
        events = sorted(
            (json.loads(item["event"]["S"]) for item in _items(stack, "EventsTable")),
            key=lambda event: (event["jobId"], event["version"], event["index"]),
        )
        recorded = {
            job_id: list(dict.fromkeys(event["version"] for event in events_of_job))
            for job_id, events_of_job in groupby(events, lambda event: event["jobId"])
        }
        return recorded == {job_id: list(range(1, version + 1)) for job_id, version in stored.items()}

    wait_until(complete, "the log holds every version of every job")


def test_every_log_matches_its_job(stack: LocalStack) -> None:
    """The previous test waits until all versions are recorded."""
    stored = [from_image(item) for item in _items(stack, "JobsTable")]
    events = [Event.model_validate_json(item["event"]["S"]) for item in _items(stack, "EventsTable")]
    events.sort(key=lambda event: (event.job_id, event.version, event.index))
    logs = {
        job_id: list(events_of_job) for job_id, events_of_job in groupby(events, lambda event: event.job_id)
    }
    assert stored
    for job in stored:
        prefix = VerifiedPrefix()
        for _, events_of_version in groupby(logs[job.id], lambda event: event.version):
            found = prefix.extend(job.workspace_id, job.id, list(events_of_version))
            assert isinstance(found, VerifiedPrefix), found
            prefix = found
        assert (prefix.since, prefix.version, prefix.hash) == (1, job.version, job.version_hash)


def test_no_function_logged_an_error(logs: Path) -> None:
    for path in logs.glob("*Function.log"):
        broken = [
            line for line in path.read_text().splitlines() if '"level":"ERROR"' in line or "Traceback" in line
        ]
        assert broken == [], path.name
