"""The simulated comment and CI of `mosaic demo`."""

import hashlib
import hmac
import json

import httpx
import pytest

from mosaic.forge import github
from mosaic.forge.intent import JobRequested
from mosaic_cli.demo.github_webhook import mention, signed
from tests.unit.cli.conftest import FakeApi, Mosaic

ID = "01J00000000000000000000000"


@pytest.fixture(autouse=True)
def local_stack(environment: dict[str, str]) -> None:
    """Sets the URL of a local stack, without a token."""
    environment["MOSAIC_URL"] = "http://127.0.0.1:3100"
    del environment["MOSAIC_TOKEN"]


def test_mention_sends_signed_comment(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(httpx.Response(202, json={"jobId": ID, "duplicate": False, "status": "QUEUED"}))

    result = mosaic("demo", "mention", "why?", "--repository", "acme/web", "--issue", "9", "--actor", "bo")

    assert (result.exit_code, result.stdout) == (0, f"id: {ID}\nstatus: QUEUED\n")
    assert "mosaic jobs watch @last --until validation" in result.stderr
    (request,) = fake_api.requests
    signature = hmac.new(b"local-webhook-secret", request.content, hashlib.sha256).hexdigest()
    assert request.headers["x-hub-signature-256"] == f"sha256={signature}"
    assert request.headers["x-github-event"] == "issue_comment"
    assert str(request.url) == "http://127.0.0.1:3100/stitcher/webhook/github"
    payload = json.loads(request.content)
    assert (payload["comment"]["body"], payload["comment"]["user"]["login"]) == ("@mosaic why?", "bo")
    assert (payload["repository"]["full_name"], payload["issue"]["number"]) == ("acme/web", 9)


def test_mentions_have_unique_ids(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond({"jobId": ID, "status": "QUEUED"})
    for _ in range(2):
        mosaic("demo", "mention", "why?")

    assert len({json.loads(request.content)["comment"]["id"] for request in fake_api.requests}) == 2
    assert len({request.headers["x-github-delivery"] for request in fake_api.requests}) == 2


@pytest.mark.parametrize("text", ["why?", "@mosaic why?", "please, @mosaic, why?"])
def test_service_parses_the_comment(text: str) -> None:
    payload = mention(text, repository="acme/shop", issue=7, actor="ada", comment_id=1)
    body, headers = signed(payload, "d1")

    intent = github.parse(github.event_of(headers), json.loads(body), "mosaic")
    assert isinstance(intent, JobRequested)
    assert intent.repository == "acme/shop"


@pytest.mark.parametrize(
    ("answer", "code", "expected"),
    [
        ({"ignored": "the bot is not mentioned"}, 5, "ignored: the bot is not mentioned"),
        (httpx.Response(401, json={"detail": "bad signature", "code": "bad_signature"}), 3, "bad signature"),
    ],
)
def test_ignored_mention_prints_reason(
    mosaic: Mosaic, fake_api: FakeApi, answer: httpx.Response, code: int, expected: str
) -> None:
    fake_api.respond(answer)

    result = mosaic("demo", "mention", "why?")
    assert (result.exit_code, result.stdout) == (code, "")
    assert expected in result.stderr


@pytest.mark.parametrize("url", ["https://api.test", "http://127.evil.example", "http://10.0.0.1:3000"])
@pytest.mark.parametrize("command", ["mention why", f"gates {ID}"])
def test_demo_rejects_remote_urls(mosaic: Mosaic, fake_api: FakeApi, command: str, url: str) -> None:
    result = mosaic("demo", *command.split(), "--url", url)

    assert (result.exit_code, fake_api.requests) == (2, [])
    assert "local stack" in result.stderr


def gate(name: str, status: str) -> dict[str, str]:
    return {"id": name, "status": status}


def test_demo_reports_every_pending_gate(mosaic: Mosaic, fake_api: FakeApi) -> None:
    gates = [gate("build", "PENDING"), gate("lint", "PASSED"), gate("test", "PENDING")]
    waits = {"id": ID, "status": "RUNNING", "phase": "VALIDATION", "gates": gates}
    fake_api.respond(waits, waits, {**waits, "status": "COMPLETED"})

    result = mosaic("demo", "gates", ID)
    assert result.exit_code == 0
    assert "status: COMPLETED" in result.stdout
    calls = [(method, path.rsplit("/", 1)[1]) for method, path, _ in fake_api.calls]
    assert calls == [("GET", ID), ("PUT", "build"), ("PUT", "test")]
    assert [request.headers["authorization"] for request in fake_api.requests] == [
        "Bearer local-admin-token",
        *["Bearer local-reporter-token"] * 2,
    ]


@pytest.mark.parametrize(
    ("status", "phase"), [("QUEUED", None), ("RUNNING", "EXECUTION"), ("COMPLETED", None)]
)
def test_demo_rejects_job_outside_validation(
    mosaic: Mosaic, fake_api: FakeApi, status: str, phase: str | None
) -> None:
    fake_api.respond({"id": ID, "status": status, "phase": phase, "gates": [gate("build", "PENDING")]})

    result = mosaic("demo", "gates", ID)
    assert (result.exit_code, len(fake_api.requests)) == (5, 1)
    assert "waits for no gates" in result.stderr
