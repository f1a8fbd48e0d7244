"""Every function in its container, on its sample events."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from local.stack import LocalStack

Json = dict[str, Any]
Invoke = Callable[[str, Json], Any]
Load = Callable[[str], Json]


def test_health_responds(invoke: Invoke, load: Load) -> None:
    assert invoke("ApiFunction", load("api-health"))["statusCode"] == 200


def test_idempotency_key_creates_one_job(invoke: Invoke, load: Load) -> None:
    first, second = (invoke("ApiFunction", load("api-create-job")) for _ in range(2))

    assert first["statusCode"] == 202
    assert json.loads(first["body"])["status"] == "QUEUED"
    assert json.loads(second["body"])["id"] == json.loads(first["body"])["id"]


def test_jobs_are_listed_by_status(invoke: Invoke, load: Load) -> None:
    response = invoke("ApiFunction", load("api-list-jobs"))

    assert response["statusCode"] == 200
    assert {job["status"] for job in json.loads(response["body"])["items"]} == {"RUNNING"}


def test_job_can_be_read(invoke: Invoke, load: Load) -> None:
    event = load("api-get-job")
    response = invoke("ApiFunction", event)

    assert response["statusCode"] == 200
    assert json.loads(response["body"])["id"] == event["pathParameters"]["jobId"]


def test_admin_route_uses_admin_function(invoke: Invoke, load: Load) -> None:
    response = invoke("AdminFunction", load("admin-get-workspace"))

    assert response["statusCode"] == 200
    assert json.loads(response["body"])["id"] == "demo"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "authorizer-admin",
            {"workspaceId": "demo", "tokenId": "local-admin", "tokenName": "admin", "role": "admin"},
        ),
        ("authorizer-unknown", {}),
    ],
)
def test_authorizer_returns_the_caller(invoke: Invoke, load: Load, name: str, expected: Json) -> None:
    context = invoke("AuthorizerFunction", load(name))["context"]

    assert {fact: value for fact, value in context.items() if value} == expected


@pytest.mark.parametrize("name", ["webhook-github-comment", "webhook-gitea-comment", "webhook-bot-mention"])
def test_signed_mention_creates_one_job(invoke: Invoke, load: Load, name: str) -> None:
    first, second = (invoke("WebhookFunction", load(name)) for _ in range(2))

    assert (first["statusCode"], second["statusCode"]) == (202, 200)
    assert json.loads(second["body"])["jobId"] == json.loads(first["body"])["jobId"]
    assert json.loads(second["body"])["duplicate"] is True


def test_altered_delivery_is_refused(invoke: Invoke, load: Load) -> None:
    event = load("webhook-github-comment")

    assert invoke("WebhookFunction", {**event, "body": event["body"] + " "})["statusCode"] == 401


def test_callback_completes_run_and_opens_gates(
    invoke: Invoke, load: Load, job: Callable[[str], Json]
) -> None:
    response = invoke("WebhookFunction", load("webhook-openclaw-callback"))

    assert response["statusCode"] == 200
    ended = job(json.loads(response["body"])["jobId"])
    assert (ended["status"], ended["phase"]) == ("RUNNING", "VALIDATION")


def test_stitcher_dispatches_queued_job(invoke: Invoke, load: Load, job: Callable[[str], Json]) -> None:
    event = load("stitcher-job-message")

    assert invoke("StitcherFunction", event) == {"batchItemFailures": []}
    started = job(json.loads(event["Records"][0]["body"])["jobId"])
    assert (started["status"], started["phase"]) == ("RUNNING", "EXECUTION")


@pytest.mark.parametrize("name", ["recorder-job-created", "recorder-job-started"])
def test_recorder_is_idempotent(invoke: Invoke, load: Load, stack: LocalStack, name: str) -> None:
    def events() -> list[Json]:
        items: list[Json] = stack.client("dynamodb").scan(TableName=stack.resource("EventsTable"))["Items"]
        return sorted(items, key=lambda item: (item["job_key"]["S"], item["event_key"]["S"]))

    assert invoke("RecorderFunction", load(name)) == {"batchItemFailures": []}
    recorded = events()
    assert recorded
    assert invoke("RecorderFunction", load(name)) == {"batchItemFailures": []}
    assert events() == recorded


def test_sweeper_enqueues_due_jobs(invoke: Invoke, load: Load) -> None:
    assert invoke("SweeperFunction", load("sweeper-every-minute"))["enqueued"] >= 2


def test_dead_letter_fails_its_job(invoke: Invoke, load: Load, job: Callable[[str], Json]) -> None:
    event = load("dead-letter-message")

    assert invoke("DeadLetterFunction", event) == {"batchItemFailures": []}
    failed = job(json.loads(event["Records"][0]["body"])["jobId"])
    assert (failed["status"], failed["error"]["code"]) == ("FAILED", "dead_lettered")


def test_notifier_skips_unconfigured_forge(invoke: Invoke, load: Load) -> None:
    assert invoke("NotifierFunction", load("notifier-job-created")) == {"batchItemFailures": []}
