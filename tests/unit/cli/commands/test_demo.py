"""The demo's comment and its CI."""

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
def here(environment: dict[str, str]) -> None:
    """A stack on this machine, and nothing else."""
    environment["MOSAIC_URL"] = "http://127.0.0.1:3100"
    del environment["MOSAIC_TOKEN"]


def test_mention_sends_signed_comment(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.will(httpx.Response(202, json={"jobId": ID, "duplicate": False, "status": "QUEUED"}))

    done = mosaic("demo", "mention", "why?", "--repository", "acme/web", "--issue", "9", "--actor", "bo")

    assert (done.exit_code, done.stdout) == (0, f"id: {ID}\nstatus: QUEUED\n")
    assert "mosaic jobs watch @last --until validation" in done.stderr
    (request,) = fake_api.requests
    signature = hmac.new(b"local-webhook-secret", request.content, hashlib.sha256).hexdigest()
    assert request.headers["x-hub-signature-256"] == f"sha256={signature}"
    assert request.headers["x-github-event"] == "issue_comment"
    assert str(request.url) == "http://127.0.0.1:3100/stitcher/webhook/github"
    said = json.loads(request.content)
    assert (said["comment"]["body"], said["comment"]["user"]["login"]) == ("@mosaic why?", "bo")
    assert (said["repository"]["full_name"], said["issue"]["number"]) == ("acme/web", 9)


def test_mentions_have_unique_ids(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.will({"jobId": ID, "status": "QUEUED"})
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
    ("answer", "code", "told"),
    [
        ({"ignored": "the bot is not mentioned"}, 5, "ignored: the bot is not mentioned"),
        (httpx.Response(401, json={"detail": "bad signature", "code": "bad_signature"}), 3, "bad signature"),
    ],
)
def test_ignored_mention_prints_reason(
    mosaic: Mosaic, fake_api: FakeApi, answer: httpx.Response, code: int, told: str
) -> None:
    fake_api.will(answer)

    done = mosaic("demo", "mention", "why?")
    assert (done.exit_code, done.stdout) == (code, "")
    assert told in done.stderr


@pytest.mark.parametrize("url", ["https://api.test", "http://127.evil.example", "http://10.0.0.1:3000"])
@pytest.mark.parametrize("command", ["mention why", f"gates {ID}"])
def test_demo_rejects_remote_urls(mosaic: Mosaic, fake_api: FakeApi, command: str, url: str) -> None:
    done = mosaic("demo", *command.split(), "--url", url)

    assert (done.exit_code, fake_api.requests) == (2, [])
    assert "local stack" in done.stderr


def gate(name: str, status: str) -> dict[str, str]:
    return {"id": name, "status": status}


def test_demo_reports_every_pending_gate(mosaic: Mosaic, fake_api: FakeApi) -> None:
    gates = [gate("build", "PENDING"), gate("lint", "PASSED"), gate("test", "PENDING")]
    waits = {"id": ID, "status": "RUNNING", "phase": "VALIDATION", "gates": gates}
    fake_api.will(waits, waits, {**waits, "status": "COMPLETED"})

    done = mosaic("demo", "gates", ID)
    assert done.exit_code == 0
    assert "status: COMPLETED" in done.stdout
    asked = [(method, path.rsplit("/", 1)[1]) for method, path, _ in fake_api.asked]
    assert asked == [("GET", ID), ("PUT", "build"), ("PUT", "test")]
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
    fake_api.will({"id": ID, "status": status, "phase": phase, "gates": [gate("build", "PENDING")]})

    done = mosaic("demo", "gates", ID)
    assert (done.exit_code, len(fake_api.requests)) == (5, 1)
    assert "waits for no gates" in done.stderr
