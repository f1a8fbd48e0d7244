"""Secrets of known forms are removed from texts, and nothing else is."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from hashlib import sha1, sha256
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic import clock
from mosaic.access.run_tokens import run_token
from mosaic.jobs import approval, lifecycle, overrides
from mosaic.jobs.approval import Answer
from mosaic.jobs.gate_evaluation import GateReport
from mosaic.jobs.gates import Gate
from mosaic.jobs.model import Draft, Job
from mosaic.jobs.overrides import OverrideRequest
from mosaic.jobs.reports import Artifact, Output, Progress, StepFinished, StepStarted, ToolCall
from mosaic.jobs.states import Decision, GateStatus, JobStatus, Phase, Waiting
from mosaic.jobs.value_objects import GuardDecision, IssueContext, Source
from mosaic.openclaw.model import RunOutcome
from mosaic.redaction import FORMS, redact, removed
from mosaic.storage.repair_queue import RepairRequest
from tests.fakes import samples
from tests.fakes.clock import NOON

CHARACTERS = "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA" * 8
PRIVATE_KEY = "-----BEGIN {}PRIVATE KEY-----\nMIIEvQ+/ab==\nc2VjcmV0\n-----END {}PRIVATE KEY-----"
ULID = "01KGA3NDEKTSV4RRFFQ69G5FAV"

# Made in pieces, so that no scanner takes this file for a leak.
SECRETS: dict[str, tuple[str, str]] = {
    "classic token of GitHub": ("GitHub token", "ghp" + "_" + CHARACTERS[:36]),
    "token of a GitHub App": ("GitHub token", "ghs" + "_" + CHARACTERS[:36]),
    "long token of a GitHub App": ("GitHub token", "ghs" + "_" + CHARACTERS[:200]),
    "fine-grained token of GitHub": (
        "GitHub token",
        "github" + "_pat_" + CHARACTERS[:22] + "_" + CHARACTERS[:59],
    ),
    "token of GitLab": ("GitLab token", "glpat" + "-" + CHARACTERS[:20]),
    "access key of AWS": ("AWS access key", "AKIA" + "IOSFODNN7EXAMPLE"),
    "temporary access key of AWS": ("AWS access key", "ASIA" + "IOSFODNN7EXAMPLE"),
    "bot token of Slack": ("Slack token", "xoxb" + "-123456789012-1234567890123-" + CHARACTERS[:24]),
    "app token of Slack": ("Slack token", "xapp" + "-1-A0123-456-" + CHARACTERS[:32]),
    "webhook of Slack": ("Slack webhook", "hooks.slack" + ".com/services/T000/B000/" + CHARACTERS[:24]),
    "JWT": ("JWT", "eyJ" + CHARACTERS[:20] + ".eyJ" + CHARACTERS[:60] + "." + CHARACTERS[:43]),
    "key of Google": ("Google API key", "AIza" + CHARACTERS[:35]),
    "token of npm": ("npm token", "npm" + "_" + CHARACTERS[:36]),
    "token of PyPI": ("PyPI token", "pypi" + "-AgEIcHlwaS5vcmc" + CHARACTERS[:100]),
    "key of OpenAI": ("AI provider key", "sk" + "-" + CHARACTERS[:48]),
    "project key of OpenAI": ("AI provider key", "sk" + "-proj-" + CHARACTERS[:60] + "-_" + CHARACTERS[:20]),
    "key of Anthropic": ("AI provider key", "sk" + "-ant-api03-" + CHARACTERS[:90]),
    "token of Hugging Face": ("Hugging Face token", "hf" + "_" + CHARACTERS[:34]),
    "key of Stripe": ("Stripe key", "sk" + "_live_" + CHARACTERS[:24]),
    "API token of Mosaic": ("Mosaic token", ULID + "-" + sha256(b"secret").hexdigest()),
    "run token of Mosaic": ("Mosaic token", run_token("demo", ULID, 1, "key")),
    "private key": ("private key", PRIVATE_KEY.format("", "")),
    "RSA private key": ("private key", PRIVATE_KEY.format("RSA ", "RSA ")),
    "OpenSSH private key": ("private key", PRIVATE_KEY.format("OPENSSH ", "OPENSSH ")),
    "private key in a string": ("private key", PRIVATE_KEY.format("EC ", "EC ").replace("\n", "\\n")),
}

AROUND = [
    ("", ""),
    ("use ", " now"),
    ('{"token": "', '"}'),
    ("KEY=", "\n"),
    ("(", ")."),
    ("`", "`"),
    ("https://", "?x"),
]


@pytest.mark.parametrize(("before", "after"), AROUND)
@pytest.mark.parametrize("secret", SECRETS)
def test_secret_is_removed(secret: str, before: str, after: str) -> None:
    kind, text = SECRETS[secret]
    assert redact(f"{before}{text}{after}") == f"{before}{removed(kind)}{after}"


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        (
            "aws_secret_access_key = " + CHARACTERS[:40],
            "aws_secret_access_key = [secret removed: AWS secret key]",
        ),
        (
            '"SecretAccessKey": "' + CHARACTERS[:40] + '"',
            '"SecretAccessKey": "[secret removed: AWS secret key]"',
        ),
        (
            "Authorization: Bearer abc123def456",
            "Authorization: Bearer [secret removed: authorization header]",
        ),
        (
            "curl -H 'authorization: token 0a1b2c3d4e5f' x",
            "curl -H 'authorization: token [secret removed: authorization header]' x",
        ),
        (
            "{'Authorization': 'Basic dTpwMTIz'}",
            "{'Authorization': 'Basic [secret removed: authorization header]'}",
        ),
    ],
)
def test_secret_is_removed_after_its_name(text: str, redacted: str) -> None:
    assert redact(text) == redacted


def test_private_key_without_an_end_is_removed() -> None:
    whole = "see -----BEGIN PRIVATE KEY-----\nMIIEvQ+/ab==\nc2Vj"
    assert redact(whole) == "see [secret removed: private key]"
    assert redact(f"{whole}. More text: ok") == "see [secret removed: private key]. More text: ok"


def test_each_secret_of_a_text_is_removed() -> None:
    texts = [text for _, text in SECRETS.values()]
    result = redact(" and ".join(texts))
    assert result == " and ".join(removed(kind) for kind, _ in SECRETS.values())


@pytest.mark.parametrize(
    "text",
    [
        sha1(b"commit", usedforsecurity=False).hexdigest(),
        sha256(b"commit").hexdigest(),
        f"sha256:{sha256(b'layer').hexdigest()}",
        ULID,
        f"mosaic/{ULID}",
        f"token:{ULID}",
        f"mosaic:{ULID}:1",
        str(UUID(int=2**127 + 12345)),
        "-----BEGIN CERTIFICATE-----\nMIIEvQ\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\nMIIEvQ\n-----END PUBLIC KEY-----",
        "task-force-long-hyphenated-name-of-a-branch-of-this-repository",
        "sk-learn-contrib-project-template-with-a-long-name",
        "Authorization: Bearer $TOKEN",
        "Authorization: Bearer <token>",
        "Authorization: Bearer authentication",
        "the bearer of this text",
        "run.py and run.config.local.development.settings",
        "ghp_short",
        "AKIA is a prefix",
        "npm_config_registry=https://registry.npmjs.org",
        "PRIVATE KEY",
        "secret_key = os.environ['SECRET_KEY']",
        "eyJhbGciOiJIUzI1NiJ9",
    ],
)
def test_other_text_is_kept(text: str) -> None:
    assert redact(text) == text
    assert redact(f"a {text}\nb") == f"a {text}\nb"


@given(st.text(alphabet="0123456789abcdef", max_size=200))
def test_hexadecimal_text_is_kept(text: str) -> None:
    assert redact(text) == text


@given(st.lists(st.text(alphabet="0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=26, max_size=26)))
def test_ids_of_jobs_are_kept(ids: list[str]) -> None:
    assert redact(" ".join(f"01{name[2:]}" for name in ids)) == " ".join(f"01{name[2:]}" for name in ids)


FRAGMENTS = sorted({hint for form in FORMS for hint in form.hints} | {text for _, text in SECRETS.values()})


@given(
    st.lists(
        st.sampled_from([*FRAGMENTS, " ", "\n", ".", "-", "_", "=", "a", "7"]) | st.text(max_size=20),
        max_size=20,
    ).map("".join)
)
def test_redaction_is_stable(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


@given(
    st.text(alphabet=" \n,;:|()[]{}\"'", max_size=20),
    st.sampled_from(sorted(SECRETS)),
    st.text(alphabet=" \n,;|()[]{}\"'", max_size=20),
)
def test_secret_between_separators_never_stays(before: str, secret: str, after: str) -> None:
    kind, text = SECRETS[secret]
    assert redact(f"{before}{text}{after}") == f"{before}{removed(kind)}{after}"


@pytest.mark.parametrize(
    "unit",
    [
        *FRAGMENTS,
        "-eyJ",
        "eyJaaaaaaaaaaaa.",
        "-----BEGIN PRIVATE KEY-----",
        "Authorization: Bearer ",
        "secret_key : ",
    ],
)
def test_redaction_takes_linear_time(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    begun = time.process_time()
    redact(text)
    assert time.process_time() - begun < 1


SECRET = "ghp" + "_" + CHARACTERS[:36]
MARK = removed("GitHub token")


def test_secrets_are_removed_from_a_new_job_and_a_retry() -> None:
    now = datetime(2026, 1, 31, tzinfo=UTC)
    draft = Draft(
        workspace_id="demo",
        type="code-task",
        profile="weaver",
        instructions=f"use {SECRET}",
        source=Source(kind="github", actor="github:ada"),
        context=IssueContext(title=f"t {SECRET}", body=f"b {SECRET}", labels=(f"l {SECRET}",)),
    )
    job = lifecycle.create(draft, clock.new_job_id(now), now)
    assert job.instructions == f"use {MARK}"
    assert (job.context.title, job.context.body) == (f"t {MARK}", f"b {MARK}")
    assert job.context.labels == (f"l {MARK}",)
    cancelled = lifecycle.cancel(job, now, "github:ada")
    again = lifecycle.retry(cancelled, now, "github:ada", f"now {SECRET}", role="member")
    assert again.instructions == f"now {MARK}"


def test_secrets_are_removed_from_reports_of_a_run() -> None:
    assert Output(kind="output", text=SECRET).text == MARK
    assert ToolCall(kind="tool_call", tool="exec", input=f"curl {SECRET}").input == f"curl {MARK}"
    assert Progress(kind="progress", percent=1, message=SECRET).message == MARK
    assert StepFinished(kind="step_finished", name="a", output=SECRET).output == MARK
    assert StepStarted(kind="step_started", name=f"s {SECRET}").name == f"s {MARK}"
    assert Artifact(kind="artifact", name=f"a {SECRET}").name == f"a {MARK}"


WAITING_FOR_APPROVAL = {
    "status": JobStatus.PENDING,
    "waiting": Waiting.APPROVAL,
    "guard": GuardDecision(decision=Decision.APPROVAL_REQUIRED, refused=("git:push",), policy_set="sha256:0"),
}
VALIDATED = {"status": JobStatus.RUNNING, "phase": Phase.VALIDATION, "gates": (Gate(id="test"),)}


def answered(job: Job, *, approved: bool) -> Job:
    given = Answer(approved=approved, actor="token:bob", reason=f"r {SECRET}")
    return approval.answer(job, given, NOON, excluded_approvers=())


def overridden(job: Job) -> Job:
    request = OverrideRequest(gate_id="test", reason=f"r {SECRET}")
    return overrides.force(job, request, NOON, "token:bob")


@pytest.mark.parametrize(
    ("fields", "act"),
    [
        ({}, lambda job: lifecycle.cancel(job, NOON, "token:bob", f"r {SECRET}")),
        ({}, lambda job: lifecycle.change(job, NOON, "token:bob", f"r {SECRET}")),
        (WAITING_FOR_APPROVAL, partial(answered, approved=True)),
        (WAITING_FOR_APPROVAL, partial(answered, approved=False)),
        (VALIDATED, overridden),
    ],
    ids=["cancel", "change", "approve", "deny", "override"],
)
def test_secrets_are_removed_from_reasons(fields: dict[str, object], act: Callable[[Job], Job]) -> None:
    changed = act(samples.job().evolve(**fields)).model_dump_json()
    assert SECRET not in changed
    assert f"r {MARK}" in changed


def test_repeated_answer_with_a_secret_changes_nothing() -> None:
    once = answered(samples.job().evolve(**WAITING_FOR_APPROVAL), approved=True)
    assert answered(once, approved=True) is once


def test_secrets_are_removed_from_the_reason_of_a_repair() -> None:
    request = RepairRequest(workspace_id="demo", job_id="j", actor="token:bob", reason=SECRET)
    assert request.reason == MARK


def test_secrets_are_removed_from_results_and_gate_reports() -> None:
    outcome = RunOutcome(status="error", summary=f"done {SECRET}", error=SECRET)
    assert (outcome.summary, outcome.error) == (f"done {MARK}", MARK)
    report = GateReport(gate_id="test", status=GateStatus.FAILED, commit_sha="a" * 40, details=SECRET)
    assert report.details == MARK
