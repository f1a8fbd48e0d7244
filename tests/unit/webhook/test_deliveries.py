"""What a delivery costs before it is authenticated, and which sizes are taken."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

import webhook.deliveries
from mosaic.access.model import Workspace
from mosaic.edge.body import MAX_BODY_BYTES, MAX_DELIVERY_BYTES
from mosaic.edge.refusals import webhook_refusals
from mosaic.forge import signature
from mosaic.jobs.states import JobStatus
from mosaic.jobs.value_objects import Source
from mosaic.metrics import Metric
from mosaic.services.authenticate_callback import CallbackAuthenticator
from mosaic.services.authenticate_webhook import WebhookAuthenticator
from tests.fakes.simulated_deployment import SimulatedDeployment
from tests.fakes.storage.secrets import FakeSecrets
from webhook.app import answer
from webhook.wiring import WebhookServices

SECRET = "test-webhook-secret"
PING = {
    "zen": "Keep it logically awesome.",
    "repository": {"full_name": "acme/shop"},
    "sender": {"login": "ada"},
}


class CountedSecrets(FakeSecrets):
    """Secrets that count how often one is read."""

    reads = 0

    def get(self, secret_id: str) -> dict[str, Any]:
        """See `Secrets.get`."""
        self.reads += 1
        return super().get(secret_id)


class Forge:
    """A forge that sends deliveries to the webhook function of a deployment in memory."""

    def __init__(self) -> None:
        self.deployment = SimulatedDeployment()
        access = self.deployment.backends.access
        access.put_workspace(Workspace(id="demo"))
        access.connect("github", "acme/shop", "demo")
        self.secrets = CountedSecrets({"webhook": {"secret": SECRET}})
        self.services = WebhookServices(
            authenticator=WebhookAuthenticator(
                access,
                self.deployment.backends.connections,
                self.secrets,
                "webhook",
                self.deployment.clock,
                single_tenant=True,
            ),
            handler=self.deployment.webhook_handler,
            completion=self.deployment.run_completion,
            callbacks=CallbackAuthenticator(access, self.secrets, "callback"),
            bot_login="mosaic",
            refusals=webhook_refusals(self.deployment.measured.append),
        )

    def send(
        self, body: str, event: str = "ping", path: str = "/stitcher/webhook/github", **headers: str
    ) -> tuple[int, Any]:
        """Returns the status and the JSON of the answer; the delivery is signed unless `headers` are given."""
        signed = headers or signature.sign("github", body.encode("utf-8", "surrogatepass"), SECRET)
        request = {
            "version": "2.0",
            "routeKey": f"POST {path}",
            "rawPath": path,
            "rawQueryString": "",
            "headers": {"content-type": "application/json", "x-github-event": event, **signed},
            "requestContext": {"http": {"method": "POST", "path": path}, "stage": "$default"},
            "body": body,
            "isBase64Encoded": False,
        }
        response = answer(request, LambdaContext(), self.services)
        return response["statusCode"], json.loads(response["body"])


@pytest.fixture
def forge() -> Forge:
    return Forge()


def padded(payload: dict[str, Any], size: int) -> str:
    """The payload as JSON of exactly `size` bytes."""
    body = json.dumps({**payload, "padding": ""})
    return body.replace('"padding": ""', f'"padding": "{"x" * (size - len(body))}"')


@pytest.mark.parametrize("size", [300 * 1024, MAX_DELIVERY_BYTES])
def test_large_delivery_is_taken(forge: Forge, size: int) -> None:
    assert forge.send(padded(PING, size)) == (200, {"ignored": "ping"})


@pytest.mark.parametrize(
    ("path", "size"),
    [
        ("/stitcher/webhook/github", MAX_DELIVERY_BYTES),
        ("/stitcher/webhook/gitea", MAX_DELIVERY_BYTES),
        ("/stitcher/webhook/forgejo", MAX_DELIVERY_BYTES),
        ("/stitcher/webhook", MAX_BODY_BYTES),
    ],
)
def test_larger_delivery_is_413(forge: Forge, path: str, size: int) -> None:
    status, problem = forge.send("x" * (size + 1), path=path)

    assert (status, problem["code"]) == (413, "body_too_large")
    assert f"at most {size} bytes" in problem["detail"]
    assert forge.secrets.reads == 0


def test_command_on_an_issue_of_emoji_is_run(forge: Forge) -> None:
    job = forge.deployment.accept(
        repository="acme/shop",
        issue_number=7,
        source=Source(kind="github", actor="github:ada", role="member"),
    )
    payload = {
        "action": "created",
        "repository": {"full_name": "acme/shop"},
        "sender": {"login": "ada", "id": 9},
        "issue": {"number": 7, "title": "Emoji", "body": "😀" * 65_536, "user": {"login": "ada", "id": 9}},
        "comment": {
            "id": 1,
            "body": "@mosaic cancel",
            "user": {"login": "ada", "id": 9},
            "author_association": "OWNER",
        },
    }

    status, answered = forge.send(json.dumps(payload), "issue_comment")

    assert (status, answered.get("jobId")) == (202, job.id), answered
    cancelled = forge.deployment.backends.jobs.get("demo", job.id)
    assert cancelled is not None
    assert cancelled.status is JobStatus.CANCELLED


@pytest.mark.parametrize(
    "headers",
    [
        {"x-hub-signature-256": ""},
        {"x-hub-signature-256": "sha256="},
        {"x-hub-signature-256": "sha256=abc"},
        {"x-hub-signature": "sha1=" + "0" * 40},
    ],
)
def test_unsigned_body_is_not_decoded(
    forge: Forge, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: bytes) -> None:
        raise AssertionError("the body was decoded")

    monkeypatch.setattr(webhook.deliveries, "_unchecked", refuse)

    status, problem = forge.send(json.dumps(PING), **headers)

    assert (status, problem["code"]) == (401, "bad_signature")
    assert forge.secrets.reads == 0


@pytest.mark.parametrize(
    "body", ["", "{", "[" * 100_000, '{"a": 1, "a": 2}', "null", '{"repository": 5}', "\ud800"]
)
def test_forged_body_is_a_wrong_signature(forge: Forge, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer reveals nothing about a body that nobody signed, and reads no workspace."""

    def refuse(_: str) -> None:
        raise AssertionError("a workspace was read")

    monkeypatch.setattr(forge.deployment.backends.access, "workspace", refuse)

    status, problem = forge.send(body, **{"x-hub-signature-256": "sha256=" + "0" * 64})

    assert (status, problem["code"]) == (401, "bad_signature")


@pytest.mark.parametrize("body", ["{", '{"a": 1, "a": 2}', "[" * 100])
def test_signed_body_is_checked(forge: Forge, body: str) -> None:
    status, problem = forge.send(body)

    assert (status, problem["code"]) == (400, "malformed_json")


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"x-hub-signature-256": ""}, "missing_signature"),
        ({"x-hub-signature-256": "sha1=00"}, "malformed_signature"),
        ({"x-hub-signature-256": "sha256=" + "0" * 64}, "wrong_signature"),
    ],
)
def test_refused_signature_is_measured(headers: dict[str, str], reason: str) -> None:
    forge = Forge()
    assert forge.send("{}", **headers)[0] == 401
    refused = [one.reason for one in forge.deployment.measured if one.metric is Metric.SIGNATURES_REFUSED]
    assert refused == [None, reason]
