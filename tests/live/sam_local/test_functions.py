"""Every function in its container, on its sample events."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from local.stack import LocalStack

Json = dict[str, Any]
Invoke = Callable[[str, Json], Any]
Load = Callable[[str], Json]


def test_health_is_answered(invoke: Invoke, load: Load) -> None:
    assert invoke("ApiFunction", load("api-health"))["statusCode"] == 200


def test_a_job_is_created_once_for_an_idempotency_key(invoke: Invoke, load: Load) -> None:
    first, second = (invoke("ApiFunction", load("api-create-job")) for _ in range(2))

    assert first["statusCode"] == 202
    assert json.loads(first["body"])["status"] == "QUEUED"
    assert json.loads(second["body"])["id"] == json.loads(first["body"])["id"]


def test_jobs_are_listed_by_status(invoke: Invoke, load: Load) -> None:
    answer = invoke("ApiFunction", load("api-list-jobs"))

    assert answer["statusCode"] == 200
    assert {job["status"] for job in json.loads(answer["body"])["items"]} == {"RUNNING"}


def test_a_job_is_shown(invoke: Invoke, load: Load) -> None:
    event = load("api-get-job")
    answer = invoke("ApiFunction", event)

    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["id"] == event["pathParameters"]["jobId"]


def test_an_admin_s_route_is_the_admin_function_s(invoke: Invoke, load: Load) -> None:
    answer = invoke("AdminFunction", load("admin-get-workspace"))

    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["id"] == "demo"


@pytest.mark.parametrize(
    ("name", "known"),
    [
        (
            "authorizer-admin",
            {"workspaceId": "demo", "tokenId": "local-admin", "tokenName": "admin", "role": "admin"},
        ),
        ("authorizer-unknown", {}),
    ],
)
def test_the_authorizer_tells_who_calls(invoke: Invoke, load: Load, name: str, known: Json) -> None:
    told = invoke("AuthorizerFunction", load(name))["context"]

    assert {fact: value for fact, value in told.items() if value} == known


@pytest.mark.parametrize("name", ["webhook-github-comment", "webhook-gitea-comment", "webhook-bot-mention"])
def test_a_signed_mention_becomes_a_job_once(invoke: Invoke, load: Load, name: str) -> None:
    first, second = (invoke("WebhookFunction", load(name)) for _ in range(2))

    assert (first["statusCode"], second["statusCode"]) == (202, 200)
    assert json.loads(second["body"])["jobId"] == json.loads(first["body"])["jobId"]
    assert json.loads(second["body"])["duplicate"] is True


def test_a_delivery_that_was_changed_on_the_way_is_refused(invoke: Invoke, load: Load) -> None:
    event = load("webhook-github-comment")

    assert invoke("WebhookFunction", {**event, "body": event["body"] + " "})["statusCode"] == 401


def test_a_callback_ends_the_run_and_leaves_the_gates(
    invoke: Invoke, load: Load, job: Callable[[str], Json]
) -> None:
    answer = invoke("WebhookFunction", load("webhook-openclaw-callback"))

    assert answer["statusCode"] == 200
    ended = job(json.loads(answer["body"])["jobId"])
    assert (ended["status"], ended["phase"]) == ("RUNNING", "VALIDATION")


def test_the_stitcher_dispatches_a_queued_job(invoke: Invoke, load: Load, job: Callable[[str], Json]) -> None:
    event = load("stitcher-job-message")

    assert invoke("StitcherFunction", event) == {"batchItemFailures": []}
    started = job(json.loads(event["Records"][0]["body"])["jobId"])
    assert (started["status"], started["phase"]) == ("RUNNING", "EXECUTION")


@pytest.mark.parametrize("name", ["recorder-job-created", "recorder-job-started"])
def test_the_recorder_writes_the_same_events_however_often(
    invoke: Invoke, load: Load, stack: LocalStack, name: str
) -> None:
    def events() -> list[Json]:
        items: list[Json] = stack.client("dynamodb").scan(TableName=stack.resource("EventsTable"))["Items"]
        return sorted(items, key=lambda item: (item["job_key"]["S"], item["event_key"]["S"]))

    assert invoke("RecorderFunction", load(name)) == {"batchItemFailures": []}
    recorded = events()
    assert recorded
    assert invoke("RecorderFunction", load(name)) == {"batchItemFailures": []}
    assert events() == recorded


def test_the_sweeper_wakes_the_jobs_that_are_due(invoke: Invoke, load: Load) -> None:
    assert invoke("SweeperFunction", load("sweeper-every-minute"))["woken"] >= 2


def test_a_poisoned_message_fails_its_job(invoke: Invoke, load: Load, job: Callable[[str], Json]) -> None:
    event = load("dead-letter-message")

    assert invoke("DeadLetterFunction", event) == {"batchItemFailures": []}
    failed = job(json.loads(event["Records"][0]["body"])["jobId"])
    assert (failed["status"], failed["error"]["code"]) == ("FAILED", "dead_lettered")


def test_the_notifier_tells_no_forge_that_is_not_configured(invoke: Invoke, load: Load) -> None:
    assert invoke("NotifierFunction", load("notifier-job-created")) == {"batchItemFailures": []}
