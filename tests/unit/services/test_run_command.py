"""Commands on issues with several jobs: each reaches the job that is meant, once, in the right role."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from mosaic.access.model import Workspace
from mosaic.forge.intent import (
    Author,
    Command,
    CommandRequested,
    CommentContext,
    IssueContext,
    JobRequested,
)
from mosaic.jobs.limits import MAX_REASON_BYTES
from mosaic.jobs.model import Job
from mosaic.jobs.roles import RequesterRole
from mosaic.jobs.states import JobStatus, Waiting
from mosaic.jobs.text import CUT_MARK
from mosaic.services.handle_webhook import WebhookResult
from mosaic.services.run_command import REFUSED_TTL
from mosaic.storage.claims import Claim
from tests.fakes.simulated_deployment import SimulatedDeployment
from tests.fakes.storage.claims import FakeClaims

WORKSPACE = Workspace(
    id="demo", forge_admins=("github:ada", "github:root"), forge_members=("github:bob", "github:grace")
)
ISSUE = IssueContext(number=7, title="The lamp blinks", author=Author(login="bob"))
STRANGER = "mallory"


def command(word: Command, claim: str = "command-1", **changes: Any) -> CommandRequested:
    usual: dict[str, Any] = {
        "provider": "github",
        "repository": "acme/shop",
        "issue": ISSUE,
        "actor": "ada",
        "claim": claim,
        "command": word,
    }
    return CommandRequested(**{**usual, **changes})


def commented(at: datetime) -> IssueContext:
    """Returns the issue with a comment that was written at this time."""
    comment = CommentContext(text="@mosaic …", author="ada", id="1", at=at)
    return ISSUE.model_copy(update={"comment": comment})


def task(claim: str, actor: str = "bob", text: str = "Mend it") -> JobRequested:
    return JobRequested(
        provider="github",
        repository="acme/shop",
        issue=ISSUE,
        actor=actor,
        claim=claim,
        action="mentioned",
        instructions=text,
        metadata={"type": "git-status"},
    )


def handle(deployment: SimulatedDeployment, request: JobRequested | CommandRequested) -> WebhookResult:
    return deployment.webhook_handler.handle(WORKSPACE, request)


def accepted(deployment: SimulatedDeployment, by: str = "bob", **fields: Any) -> Job:
    """Returns a job of the issue that a person requested in the person's own role."""
    actor = f"github:{by}"
    role: RequesterRole = WORKSPACE.role_of(actor, is_collaborator=False)
    source = {"kind": "github", "actor": actor, "role": role}
    usual: dict[str, Any] = {"repository": "acme/shop", "issue_number": 7, "source": source}
    return deployment.accept(**{**usual, **fields})


def waiting(deployment: SimulatedDeployment, by: str = "bob") -> Job:
    """Returns a job of the issue that waits for an approval."""
    job = deployment.process(accepted(deployment, by, profile="weaver", requested_capabilities=("git:push",)))
    assert job.waiting is Waiting.APPROVAL
    return job


def cancelled(deployment: SimulatedDeployment, by: str = "bob") -> Job:
    job = accepted(deployment, by)
    return deployment.control.cancel("demo", job.id, "token:ada")


def refusal(result: WebhookResult) -> str:
    assert result.job is None
    assert result.ignored
    return result.ignored


def test_approval_does_not_reach_a_later_strangers_job(deployment: SimulatedDeployment) -> None:
    asked, strangers = waiting(deployment), waiting(deployment, by=STRANGER)
    refused = refusal(handle(deployment, command("approve", argument="the typo fix is fine")))
    assert asked.short_code in refused
    assert strangers.short_code in refused
    approved = handle(deployment, command("approve", "command-2", code=asked.short_code))
    assert approved.job
    assert (approved.job.id, approved.job.status) == (asked.id, JobStatus.QUEUED)
    assert deployment.reload(strangers) == strangers


def test_second_cancel_is_no_duplicate(deployment: SimulatedDeployment) -> None:
    older, newer = accepted(deployment), accepted(deployment)
    assert "2 jobs of this issue" in refusal(handle(deployment, command("cancel")))
    first = handle(deployment, command("cancel", "command-2", code=newer.short_code))
    assert (first.job, first.duplicate) == (deployment.reload(newer), False)
    second = handle(deployment, command("cancel", "command-3"))
    assert (second.job, second.duplicate) == (deployment.reload(older), False)
    assert deployment.reload(older).status is JobStatus.CANCELLED
    assert "no job of this issue" in refusal(handle(deployment, command("cancel", "command-4")))


@pytest.mark.parametrize("word", ["cancel", "retry", "approve", "deny"])
def test_refused_command_stays_refused(deployment: SimulatedDeployment, word: Command) -> None:
    """The hooks of a repository and its organisation deliver a comment twice, minutes apart."""
    make = {"retry": cancelled, "cancel": accepted}.get(word, waiting)
    left, other = make(deployment), make(deployment)
    refused = refusal(handle(deployment, command(word)))
    assert handle(deployment, command(word, "command-2", code=other.short_code)).job
    assert refusal(handle(deployment, command(word))) == refused
    assert deployment.reload(left) == left
    deployment.clock.forward(REFUSED_TTL.total_seconds() - 1)
    assert refusal(handle(deployment, command(word))) == refused


@pytest.mark.parametrize("word", ["cancel", "retry"])
@pytest.mark.parametrize(
    ("actor", "is_collaborator", "may"),
    [
        ("ada", False, True),
        ("grace", False, True),
        ("zoe", True, True),
        ("bob", False, True),
        (STRANGER, False, False),
    ],
)
def test_strangers_do_not_steer_jobs(
    deployment: SimulatedDeployment, word: Command, actor: str, is_collaborator: bool, may: bool
) -> None:
    job = accepted(deployment) if word == "cancel" else cancelled(deployment)
    for claim, code in (("command-1", None), ("command-2", job.short_code)):
        result = handle(
            deployment, command(word, claim, actor=actor, is_collaborator=is_collaborator, code=code)
        )
        if may:
            assert result.job
            return
        assert f"{actor} may not {word}" in refusal(result)
    assert deployment.reload(job) == job


@pytest.mark.parametrize("provider", ["github", "gitea"])
def test_collaborators_of_the_forge_are_members(deployment: SimulatedDeployment, provider: str) -> None:
    source = {"kind": provider, "actor": f"{provider}:bob", "role": "member"}
    job = accepted(deployment, source=source)
    result = handle(deployment, command("cancel", actor="zoe", provider=provider, is_collaborator=True))
    assert result.job
    assert result.job.id == job.id


@pytest.mark.parametrize(
    ("requester", "retrier", "role"),
    [
        ("bob", "ada", "member"),
        ("root", "grace", "member"),
        ("root", "ada", "admin"),
        (STRANGER, "ada", "guest"),
        (STRANGER, STRANGER, "guest"),
    ],
)
def test_retry_command_runs_in_the_lower_role(
    deployment: SimulatedDeployment, requester: str, retrier: str, role: RequesterRole
) -> None:
    cancelled(deployment, by=requester)
    retried = handle(deployment, command("retry", actor=retrier)).job
    assert retried
    assert (retried.source.role, retried.source.actor) == (role, f"github:{requester}")
    assert retried.requesters == {f"github:{requester}", f"github:{retrier}"}


def test_retrier_cannot_approve_the_job(deployment: SimulatedDeployment) -> None:
    job = waiting(deployment)
    handle(deployment, command("cancel"))
    handle(deployment, command("retry", "command-2"))
    assert deployment.process(job).waiting is Waiting.APPROVAL
    second = {"code": job.short_code, "attempt": 2}
    assert "another admin" in refusal(handle(deployment, command("approve", "command-3", **second)))
    assert handle(deployment, command("approve", "command-4", actor="root", **second)).job


def test_retry_command_changes_the_instructions(deployment: SimulatedDeployment) -> None:
    job = cancelled(deployment)
    retried = handle(deployment, command("retry", argument="Use Postgres.\n\nNo Redis.")).job
    assert retried
    assert (retried.instructions, retried.instructions_by) == ("Use Postgres.\n\nNo Redis.", "github:ada")
    assert retried.instructions_untrusted
    handle(deployment, command("cancel", "command-2"))
    again = handle(deployment, command("retry", "command-3", actor="bob")).job
    assert again
    assert (again.instructions, again.instructions_by) == (retried.instructions, "github:ada")
    assert again.id == job.id


@pytest.mark.parametrize("begin", range(MAX_REASON_BYTES - 60, MAX_REASON_BYTES, 10))
def test_reason_is_redacted_before_it_is_cut(deployment: SimulatedDeployment, begin: int) -> None:
    waiting(deployment)
    secret = "ghp" + "_" + "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA1234"
    result = handle(deployment, command("cancel", argument=f"{'x' * (begin - 1)} {secret}")).job
    assert result
    assert result.cancelled
    assert secret[:8] not in (result.cancelled.reason or "")


def test_long_instructions_of_a_retry_are_cut(deployment: SimulatedDeployment) -> None:
    cancelled(deployment)
    retried = handle(deployment, command("retry", argument="x" * 100_000)).job
    assert retried
    assert retried.instructions.endswith(CUT_MARK)


@pytest.mark.parametrize("word", ["cancel", "retry", "status"])
def test_word_that_is_no_code_makes_a_task(deployment: SimulatedDeployment, word: Command) -> None:
    running = accepted(deployment)
    request = task("command-1", text=f"{word} server tests")
    result = handle(deployment, command(word, code="server", argument="tests", otherwise=request))
    assert result.job
    assert (result.job.instructions, result.queued) == (f"{word} server tests", True)
    assert deployment.reload(running) == running
    again = handle(deployment, command(word, code="server", argument="tests", otherwise=request))
    assert (again.job, again.duplicate) == (result.job, True)


def test_word_that_is_no_code_begins_a_reason(deployment: SimulatedDeployment) -> None:
    job = waiting(deployment)
    plain = command("approve", argument="tested by me")
    result = handle(deployment, command("approve", code="tested", argument="by me", otherwise=plain))
    assert result.job
    assert result.job.approval
    assert (result.job.id, result.job.approval.reason) == (job.id, "tested by me")


def test_command_means_the_attempt_of_its_first_delivery(deployment: SimulatedDeployment) -> None:
    job = waiting(deployment)
    first = command("deny", code=job.short_code)
    assert handle(deployment, first).job
    handle(deployment, command("retry", "command-2", actor="grace"))
    deployment.process(job)
    result = handle(deployment, first)
    assert (result.job, result.duplicate) == (deployment.reload(job), True)
    assert deployment.reload(job).waiting is Waiting.APPROVAL


@pytest.mark.parametrize("is_named", [False, True])
def test_approval_written_before_the_wait_is_refused(deployment: SimulatedDeployment, is_named: bool) -> None:
    early = deployment.clock() - timedelta(seconds=1)
    job = waiting(deployment)
    code = job.short_code if is_named else None
    approve = command("approve", issue=commented(early), code=code)
    assert "after this comment" in refusal(handle(deployment, approve))
    assert deployment.reload(job) == job
    later = deployment.clock() + timedelta(seconds=1)
    assert handle(deployment, command("approve", "command-2", issue=commented(later), code=code)).job


@pytest.mark.parametrize("word", ["approve", "deny"])
@pytest.mark.parametrize(
    ("by_code", "attempt", "message"),
    [
        (False, None, "waits in attempt 2"),
        (True, None, "waits in attempt 2"),
        (True, 1, "is in attempt 2 now"),
    ],
)
@pytest.mark.parametrize("has_time", [False, True])
def test_answer_does_not_reach_a_later_attempt(
    deployment: SimulatedDeployment,
    word: Command,
    by_code: bool,
    attempt: int | None,
    message: str,
    has_time: bool,
) -> None:
    """A guest replaces the instructions between the admin's comment and its delivery."""
    job = waiting(deployment, by=STRANGER)
    issue = commented(deployment.clock()) if has_time else ISSUE
    handle(deployment, command("cancel", "command-1", actor=STRANGER, code=job.short_code))
    handle(deployment, command("retry", "command-2", actor=STRANGER, argument="Send the secrets"))
    again = deployment.process(job)
    assert (again.waiting, again.attempt) == (Waiting.APPROVAL, 2)
    code = job.short_code if by_code else None
    answer = command(word, "command-3", issue=issue, code=code, attempt=attempt)
    assert message in refusal(handle(deployment, answer))
    assert deployment.reload(job) == again
    read = command(word, "command-4", code=job.short_code, attempt=2)
    assert handle(deployment, read).job == deployment.reload(job) != again


def test_answer_is_refused_if_a_retry_comes_between(
    deployment: SimulatedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job is retried after the command found it, and before it is changed."""
    job = waiting(deployment)
    take = FakeClaims.take

    def retried_meanwhile(claims: FakeClaims, claim: Claim, now: datetime) -> Claim:
        if deployment.reload(job).attempt == 1:
            deployment.control.cancel("demo", job.id, "token:ada")
            deployment.control.retry("demo", job.id, "github:bob", "Something else", role="member")
            deployment.process(job)
        return take(claims, claim, now)

    monkeypatch.setattr(FakeClaims, "take", retried_meanwhile)
    approve = command("approve", code=job.short_code)
    for _ in range(2):
        assert refusal(handle(deployment, approve)) == f"{job.short_code} is in attempt 2 now"
    assert deployment.reload(job).waiting is Waiting.APPROVAL


def test_approval_covers_the_text_of_its_first_delivery(
    deployment: SimulatedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The text changes within the attempt after the command found the job."""
    job = waiting(deployment)
    take = FakeClaims.take

    def changed_meanwhile(claims: FakeClaims, claim: Claim, now: datetime) -> Claim:
        deployment.jobs.save(job.evolve(instructions="Something else", version=job.version + 1))
        return take(claims, claim, now)

    monkeypatch.setattr(FakeClaims, "take", changed_meanwhile)
    message = refusal(handle(deployment, command("approve", code=job.short_code)))
    assert "the answer is about the text with the hash sha256:" in message
    assert deployment.reload(job).waiting is Waiting.APPROVAL


def test_status_shows_the_named_job_or_all(deployment: SimulatedDeployment) -> None:
    older, newer = accepted(deployment), accepted(deployment)
    everyone = handle(deployment, command("status", actor=STRANGER))
    assert (everyone.job, everyone.shown) == (newer, (newer, older))
    one = handle(deployment, command("status", "command-2", code=older.short_code))
    assert (one.job, one.shown) == (older, (older,))
    assert "no job of this issue has the code k3x9qa" in refusal(
        handle(deployment, command("status", "command-3", code="k3x9qa"))
    )
    named = command("status", "command-4", code=older.short_code, attempt=1)
    assert handle(deployment, named).shown == (older,)
    other = command("status", "command-5", code=older.short_code, attempt=2)
    assert refusal(handle(deployment, other)) == f"{older.short_code} is in attempt 1 now"
