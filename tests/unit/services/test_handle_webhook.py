"""An authenticated delivery creates a job, runs a command, or is ignored with a reason; repeated ones have no
effect.
"""

from __future__ import annotations

from typing import Any

import pytest

from mosaic.access.model import JobType, Triggers, Workspace
from mosaic.forge.errors import PayloadError
from mosaic.forge.intent import (
    Author,
    Command,
    CommandRequested,
    CommentContext,
    GateReported,
    Ignored,
    IssueContext,
    JobRequested,
)
from mosaic.jobs.check_versions import CheckVersion
from mosaic.jobs.limits import MAX_REASON_BYTES
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Phase
from mosaic.jobs.text import CUT_MARK, size
from mosaic.services.handle_webhook import WebhookResult
from tests.fakes.simulated_deployment import SimulatedDeployment

WORKSPACE = Workspace(id="demo", forge_admins=("github:eve", "github:ada"))
ISSUE = IssueContext(number=7, title="The lamp blinks", body="At night.", url="https://forge.test/7")


def mention(
    claim: str = "comment-1", text: str = "Mend it", actor: str = "ada", **changes: Any
) -> JobRequested:
    """Returns a mention by the author of the issue."""
    comment = CommentContext(text=f"@mosaic {text}", author=actor, id="1", url="https://forge.test/7#1")
    author = Author(login=actor, is_collaborator=bool(changes.get("is_collaborator")))
    usual: dict[str, Any] = {
        "provider": "github",
        "repository": "acme/shop",
        "issue": ISSUE.model_copy(update={"comment": comment, "author": author}),
        "actor": actor,
        "claim": claim,
        "action": "mentioned",
        "instructions": text,
    }
    return JobRequested(**{**usual, **changes})


@pytest.mark.parametrize(
    ("provider", "actor", "is_collaborator", "role"),
    [
        ("github", "ada", False, "admin"),
        ("github", "grace", False, "member"),
        ("github", "bob", True, "member"),
        ("github", "bob", False, "guest"),
        ("gitea", "ada", False, "guest"),
        ("mosaic", "grace", False, "guest"),
        ("mosaic", "?", False, "guest"),
    ],
)
def test_job_has_the_role_of_its_requester(
    deployment: SimulatedDeployment, provider: str, actor: str, is_collaborator: bool, role: str
) -> None:
    known = WORKSPACE.model_copy(update={"forge_members": ("github:grace",)})
    result = deployment.webhook_handler.handle(
        known, mention(provider=provider, actor=actor, is_collaborator=is_collaborator)
    )
    assert result.job
    assert result.job.source.role == role


def command(word: Command, claim: str = "command-1", **changes: Any) -> CommandRequested:
    usual: dict[str, Any] = {
        "provider": "github",
        "repository": "acme/shop",
        "issue": ISSUE,
        "actor": "eve",
        "claim": claim,
        "command": word,
    }
    return CommandRequested(**{**usual, **changes})


def handle(
    deployment: SimulatedDeployment, intent: JobRequested | CommandRequested | GateReported | Ignored
) -> WebhookResult:
    return deployment.webhook_handler.handle(WORKSPACE, intent)


def mentioned_job(deployment: SimulatedDeployment, claim: str = "comment-1", text: str = "Mend it") -> Job:
    """Returns the job that a mention has created."""
    made = handle(deployment, mention(claim, text, metadata={"type": "git-status"})).job
    assert made
    return made


def failed(deployment: SimulatedDeployment) -> Job:
    job = mentioned_job(deployment, text="FAIL500")
    deployment.process(job)
    deployment.pass_time(10)
    assert deployment.reload(job).status is JobStatus.FAILED
    return deployment.reload(job)


def job_waiting_for_approval(deployment: SimulatedDeployment, by: str = "github:ada") -> Job:
    """Returns a job of the issue that waits for approval."""
    source = {"kind": "github", "actor": by}
    fields: dict[str, Any] = {"repository": "acme/shop", "issue_number": 7, "source": source}
    job = deployment.accept(profile="weaver", requested_capabilities=("git:push",), **fields)
    return deployment.process(job)


# ------------------------------------------------------------------ jobs


def test_mention_creates_a_job_with_the_issue(deployment: SimulatedDeployment) -> None:
    result = handle(deployment, mention())
    job = result.job
    assert job
    assert (result.queued, result.duplicate, result.ignored) == (True, False, None)
    assert (job.type, job.profile, job.instructions) == ("code-task", "weaver", "Mend it")
    assert (job.repository, job.issue_number) == ("acme/shop", 7)
    assert (job.source.kind, job.source.actor, job.source.url) == (
        "github",
        "github:ada",
        "https://forge.test/7#1",
    )
    assert (job.context.title, job.context.body) == ("The lamp blinks", "At night.")
    assert job.instructions_untrusted


def test_job_requests_the_capabilities_of_its_type(deployment: SimulatedDeployment) -> None:
    types = {"code-task": JobType(profile="weaver", capabilities=("git:push",))}
    job = deployment.webhook_handler.handle(WORKSPACE.model_copy(update={"job_types": types}), mention()).job
    assert job
    assert job.requested_capabilities == ("git:push",)


def test_repeated_mention_is_the_same_job(
    deployment: SimulatedDeployment,
) -> None:
    first = mentioned_job(deployment)
    again = handle(deployment, mention(issue=ISSUE.model_copy(update={"title": "Renamed meanwhile"})))
    assert (again.job, again.duplicate, again.queued) == (first, True, False)
    assert len(deployment.jobs.everything()) == 1


@pytest.mark.parametrize("action", ["mentioned", "assigned", "commented"])
def test_trigger_selects_the_configured_job_type(deployment: SimulatedDeployment, action: str) -> None:
    workspace = WORKSPACE.model_copy(update={"triggers": Triggers(**{action: "review"})})
    result = deployment.webhook_handler.handle(workspace, mention(action=action))
    assert result.job
    assert (result.job.type, result.job.profile) == ("review", "inspector")


@pytest.mark.parametrize(
    ("metadata", "field"),
    [
        ({"type": "nonsense"}, "metadata.type"),
        ({"type": 7}, "metadata.type"),
        ({"type": None}, "metadata.type"),
        ({"profile": "root"}, "metadata.profile"),
        ({"profile": ["weaver"]}, "metadata.profile"),
    ],
)
def test_unknown_type_or_profile_is_named(
    deployment: SimulatedDeployment, metadata: dict[str, Any], field: str
) -> None:
    with pytest.raises(PayloadError) as wrong:
        handle(deployment, mention(metadata=metadata))
    assert wrong.value.field == field
    assert deployment.jobs.everything() == ()


def test_long_texts_are_cut_to_the_limits(deployment: SimulatedDeployment) -> None:
    long = "é😀\n" * 100_000
    result = handle(
        deployment, mention(instructions=long, issue=ISSUE.model_copy(update={"title": long, "body": long}))
    )
    assert result.job
    assert result.job.instructions.endswith(CUT_MARK)
    assert result.job.context.body.endswith(CUT_MARK)
    assert size(result.job.instructions + result.job.context.body + result.job.context.title) < 64 * 1024


@pytest.mark.parametrize(
    ("intent", "reason"),
    [
        (Ignored(reason="ping"), "ping"),
        (
            GateReported(
                provider="github",
                repository="acme/shop",
                check="status",
                context="ci/test",
                commit_sha="c" * 40,
                status="passed",
                reporter="ci",
                version=CheckVersion(id=1),
            ),
            "no job of this repository",
        ),
    ],
)
def test_other_deliveries_are_ignored_with_reason(
    deployment: SimulatedDeployment, intent: Ignored | GateReported, reason: str
) -> None:
    result = handle(deployment, intent)
    assert result.job is None
    assert result.ignored
    assert reason in result.ignored
    assert deployment.jobs.everything() == ()


# ------------------------------------------------------------------ commands


@pytest.mark.parametrize("word", ["cancel", "retry", "status", "approve", "deny"])
def test_command_without_a_job_is_ignored(deployment: SimulatedDeployment, word: Command) -> None:
    assert handle(deployment, command(word)) == WebhookResult(ignored="there is no job for this issue")


def test_status_command_changes_nothing(deployment: SimulatedDeployment) -> None:
    job = mentioned_job(deployment)
    assert handle(deployment, command("status")) == WebhookResult(job, shown=(job,))
    assert deployment.reload(job) == job


@pytest.mark.parametrize(("word", "state"), [("retry", "QUEUED"), ("approve", "QUEUED"), ("deny", "QUEUED")])
def test_forbidden_command_is_ignored_with_reason(
    deployment: SimulatedDeployment, word: Command, state: str
) -> None:
    job = mentioned_job(deployment)
    result = handle(deployment, command(word))
    assert result.job is None
    assert result.ignored
    assert f"job {job.short_code} is {state}" in result.ignored
    assert deployment.reload(job) == job


@pytest.mark.parametrize(("word", "status"), [("approve", JobStatus.QUEUED), ("deny", JobStatus.FAILED)])
def test_forge_admin_answers_approvals(
    deployment: SimulatedDeployment, word: Command, status: JobStatus
) -> None:
    job_waiting_for_approval(deployment)
    result = handle(deployment, command(word, argument="looks right"))
    assert result.job
    assert (result.job.status, result.job.approval and result.job.approval.actor) == (status, "github:eve")
    assert result.job.approval
    assert result.job.approval.reason == "looks right"


@pytest.mark.parametrize("word", ["approve", "deny"])
@pytest.mark.parametrize(("provider", "actor"), [("github", "mallory"), ("gitea", "eve"), ("github", "eve2")])
def test_other_actors_cannot_answer_approvals(
    deployment: SimulatedDeployment, word: Command, provider: str, actor: str
) -> None:
    job = job_waiting_for_approval(deployment)
    result = handle(deployment, command(word, actor=actor, provider=provider))
    assert result.ignored
    assert deployment.reload(job) == job


def test_forge_admin_is_known_in_any_case(deployment: SimulatedDeployment) -> None:
    job_waiting_for_approval(deployment)
    result = handle(deployment, command("approve", actor="EVE"))
    assert result.job
    assert result.job.status is JobStatus.QUEUED


@pytest.mark.parametrize("requester", ["github:ada", "github:Ada"])
@pytest.mark.parametrize("approver", ["ada", "ADA"])
def test_admin_cannot_approve_own_request(
    deployment: SimulatedDeployment, requester: str, approver: str
) -> None:
    job = job_waiting_for_approval(deployment, by=requester)
    result = handle(deployment, command("approve", actor=approver))
    assert result.ignored
    assert "another admin has to approve" in result.ignored
    assert deployment.reload(job) == job


@pytest.mark.parametrize(
    ("settings", "approved"),
    [
        ({}, True),
        ({"people": {"eve": ("token:ada", "github:eve")}}, False),
        ({"people": {"eve": ("token:ada", "github:eve")}, "self_approval": True}, True),
    ],
)
def test_requester_identity_follows_the_workspace(
    deployment: SimulatedDeployment, settings: dict[str, Any], approved: bool
) -> None:
    job = job_waiting_for_approval(deployment, by="token:ada")
    deployment.webhook_handler.handle(WORKSPACE.model_copy(update=settings), command("approve"))
    assert (deployment.reload(job).status is JobStatus.QUEUED) is approved


def test_approval_by_comment_is_for_one_job(deployment: SimulatedDeployment) -> None:
    job_waiting_for_approval(deployment)
    result = handle(deployment, command("approve", argument="for 7 days, it is release week"))
    assert result.job
    assert result.job.approval
    assert result.job.approval.scope == "job"
    assert result.job.approval.reason == "for 7 days, it is release week"
    known = deployment.access.workspace("demo")
    assert known
    assert known.standing_approvals == ()


def test_long_reason_is_cut_to_its_limit(deployment: SimulatedDeployment) -> None:
    job_waiting_for_approval(deployment)
    result = handle(deployment, command("deny", argument="no " * 100_000))
    assert result.job
    assert result.job.approval
    assert result.job.approval.reason.endswith(CUT_MARK)
    assert size(result.job.approval.reason) <= MAX_REASON_BYTES


def test_retry_command_runs_the_job_once(deployment: SimulatedDeployment) -> None:
    job = failed(deployment)
    result = handle(deployment, command("retry"))
    assert result.job
    assert (result.job.attempt, result.queued) == (2, True)
    again = handle(deployment, command("retry"))
    assert (again.job, again.duplicate, again.queued) == (result.job, True, False)
    assert deployment.reload(job).attempt == 2


def test_replayed_retry_of_a_failed_job_is_ignored(
    deployment: SimulatedDeployment,
) -> None:
    job = failed(deployment)
    handle(deployment, command("retry"))
    deployment.deliver_messages()
    deployment.pass_time(10)
    assert deployment.reload(job).status is JobStatus.FAILED
    assert handle(deployment, command("retry")).duplicate
    assert deployment.reload(job).attempt == 2


def test_replayed_command_does_not_reach_a_newer_job(deployment: SimulatedDeployment) -> None:
    old = mentioned_job(deployment)
    handle(deployment, command("cancel"))
    newer = mentioned_job(deployment, "comment-2")
    result = handle(deployment, command("cancel"))
    assert result.job
    assert (result.job.id, result.duplicate) == (old.id, True)
    assert deployment.reload(newer) == newer


def test_replayed_command_skips_later_attempts(
    deployment: SimulatedDeployment,
) -> None:
    job = mentioned_job(deployment)
    deployment.control.cancel("demo", job.id, "token:ada")
    refused = handle(deployment, command("cancel")).ignored
    assert refused
    deployment.control.retry("demo", job.id, "token:ada", role="member")
    assert handle(deployment, command("cancel")).ignored == refused
    assert deployment.reload(job).status is JobStatus.QUEUED


def test_equal_commands_run_separately(deployment: SimulatedDeployment) -> None:
    job = mentioned_job(deployment)
    handle(deployment, command("cancel", "command-1"))
    handle(deployment, command("retry", "command-2"))
    handle(deployment, command("cancel", "command-3"))
    assert (deployment.reload(job).status, deployment.reload(job).attempt) == (JobStatus.CANCELLED, 2)


def test_cancel_command_stops_the_run(deployment: SimulatedDeployment) -> None:
    job = deployment.process(mentioned_job(deployment, text="SLEEP=600"))
    deployment.pass_time(2)
    assert job.phase is Phase.EXECUTION
    handle(deployment, command("cancel", argument="wrong branch"))
    deployment.deliver_messages()
    assert job.dispatch
    assert deployment.gateway.find(job.dispatch.key) is None
    (cancelled,) = (new for _, new in deployment.jobs.stream if new.version == job.version + 1)
    assert cancelled.change.reason == "wrong branch"
