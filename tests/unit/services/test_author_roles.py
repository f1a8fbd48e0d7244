"""The role of a job is the lowest role of those who wrote its texts, and a guest's job waits for an approval."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mosaic.access.model import Grant, Workspace
from mosaic.forge import gitea, github, mosaic
from mosaic.forge.intent import Ignored, Intent, JobRequested
from mosaic.jobs.approval import Answer
from mosaic.jobs.model import Job
from mosaic.jobs.roles import ROLE_ORDER, RequesterRole, lowest_role
from mosaic.jobs.states import JobStatus, Waiting
from mosaic.rails.capabilities import CAPABILITIES, PROFILES
from mosaic.services.dispatch_intent import run_key
from mosaic.services.handle_webhook import draft
from tests.fakes.simulated_deployment import SimulatedDeployment

ROLES = st.sampled_from(ROLE_ORDER)
PROVIDERS = ("github", "gitea", "mosaic")
EVENTS = ("comment", "bare comment", "opened", "assigned")
Event = Literal["comment", "bare comment", "opened", "assigned"]
# One login for each role, and a second one, so that author and sender can differ within a role.
WORKSPACE = Workspace(
    id="demo",
    forge_admins=tuple(f"{provider}:ada{n}" for provider in PROVIDERS for n in "12"),
    forge_members=tuple(f"{provider}:grace{n}" for provider in PROVIDERS for n in "12"),
    grants=tuple(Grant(profile="weaver", capability=name) for name in CAPABILITIES),
)
LOGINS: dict[RequesterRole, str] = {"admin": "ada", "member": "grace", "guest": "eve"}


def issue(author: str | None, association: str | None = None, body: str = "It blinks") -> dict[str, Any]:
    user = {"login": author} if author else None
    return {
        "number": 7,
        "title": "The lamp",
        "body": body,
        "user": user,
        "author_association": association,
        "assignees": [],
    }


def delivered(
    provider: str, event: Event, sender: str, author: str | None, association: str | None = None
) -> Intent:
    """Returns the intent of an event that `sender` caused on an issue of `author`."""
    text = "@mosaic" if event == "bare comment" else "@mosaic mend it"
    if provider == "mosaic":
        action = "assigned" if event == "assigned" else "mentioned"
        metadata = {"actor": sender, "title": "The lamp", "body": "It blinks", "issueAuthor": author}
        payload = {"issueNumber": 7, "repository": "acme/shop", "action": action, "comment": text}
        return mosaic.parse({**payload, "metadata": metadata}, "mosaic", fingerprint="f")
    common = {"repository": {"full_name": "acme/shop"}, "sender": {"login": sender}}
    parse = github.parse if provider == "github" else gitea.parse
    if event in ("comment", "bare comment"):
        comment = {"id": 1, "body": text, "user": {"login": sender}, "author_association": association}
        created = {"action": "created", "issue": issue(author), "comment": comment}
        return parse("issue_comment", {**common, **created}, "mosaic")
    written = issue(author, association, text)
    if event == "assigned":
        written["assignees"] = [{"login": "mosaic"}]
        payload = {"action": "assigned", "issue": written, "assignee": {"login": "mosaic"}}
        return parse("issues", {**common, **payload}, "mosaic")
    return parse("issues", {**common, "action": "opened", "issue": written}, "mosaic")


def job_role(intent: Intent) -> RequesterRole | None:
    assert isinstance(intent, JobRequested)
    return draft(WORKSPACE, intent).source.role


@settings(deadline=None)
@given(st.sampled_from(PROVIDERS), st.sampled_from(EVENTS), ROLES, ROLES)
def test_role_is_the_lowest_of_all_authors(
    provider: str, event: Event, sender: RequesterRole, author: RequesterRole
) -> None:
    intent = delivered(provider, event, f"{LOGINS[sender]}1", f"{LOGINS[author]}2")
    assert job_role(intent) == lowest_role(sender, author)


@pytest.mark.parametrize(
    ("event", "sender", "author", "association", "role"),
    [
        ("comment", "bob", "ada1", "MEMBER", "member"),
        ("comment", "bob", "eve", "MEMBER", "guest"),
        ("bare comment", "bob", "eve", "OWNER", "guest"),
        ("bare comment", "eve", "grace1", "NONE", "guest"),
        ("comment", "grace1", None, None, "guest"),
        ("opened", "bob", "bob", "COLLABORATOR", "member"),
        ("opened", "grace1", "eve", "NONE", "guest"),
        ("assigned", "grace1", "eve", "NONE", "guest"),
        ("assigned", "grace1", "bob", "MEMBER", "member"),
        ("assigned", "eve", "bob", "MEMBER", "guest"),
    ],
)
def test_github_association_counts_for_its_author(
    event: Event, sender: str, author: str | None, association: str | None, role: str
) -> None:
    """A comment's association is that of its author; an issue's is that of the issue's author."""
    assert job_role(delivered("github", event, sender, author, association)) == role


@pytest.mark.parametrize("author", [None, "eve"])
def test_issue_without_a_known_author_is_a_guests(author: str | None) -> None:
    assert job_role(delivered("mosaic", "comment", "ada1", author)) == "guest"


def test_comment_without_the_issues_text_has_its_own_role() -> None:
    payload = {"issueNumber": 7, "repository": "acme/shop", "action": "mentioned", "comment": "@mosaic go"}
    intent = mosaic.parse({**payload, "metadata": {"actor": "grace1"}}, "mosaic", fingerprint="f")
    assert job_role(intent) == "member"


@pytest.mark.parametrize(
    "changes", [{"old_issue": {"number": 3}}, {"old_repository": {"full_name": "acme/old"}}]
)
@pytest.mark.parametrize("assignees", [[], [{"login": "mosaic"}]])
def test_issue_moved_here_is_no_request(changes: dict[str, Any], assignees: list[dict[str, str]]) -> None:
    moved = {**issue("ada1", "MEMBER", "@mosaic mend it"), "assignees": assignees}
    payload = {"repository": {"full_name": "acme/shop"}, "sender": {"login": "ada1"}, "issue": moved}
    opened = github.parse("issues", {**payload, "action": "opened"}, "mosaic")
    assert isinstance(opened, JobRequested)
    intent = github.parse("issues", {**payload, "action": "opened", "changes": changes}, "mosaic")
    assert isinstance(intent, Ignored)
    assert "moved" in intent.reason


@pytest.mark.parametrize("provider", PROVIDERS)
def test_job_names_the_authors_of_its_texts(provider: str) -> None:
    intent = delivered(provider, "comment", "grace1", "eve")
    assert isinstance(intent, JobRequested)
    made = draft(WORKSPACE, intent)
    assert (made.source.actor, made.source.actor_role) == (f"{provider}:grace1", "member")
    assert (made.context.author, made.context.author_role) == (f"{provider}:eve", "guest")


def guests_job(deployment: SimulatedDeployment, profile: str | None, event: Event) -> Job:
    deployment.access.put_workspace(WORKSPACE)
    intent = delivered("mosaic" if profile else "github", event, "eve", "eve")
    assert isinstance(intent, JobRequested)
    chosen = intent.model_copy(update={"metadata": {"profile": profile} if profile else {}})
    job = deployment.webhook_handler.handle(WORKSPACE, chosen).job
    assert job
    return job


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("profile", [None, *PROFILES])
def test_guests_job_waits_whatever_is_granted(
    deployment: SimulatedDeployment, profile: str | None, event: Event
) -> None:
    job = deployment.process(guests_job(deployment, profile, event))
    assert (job.status, job.waiting) == (JobStatus.PENDING, Waiting.APPROVAL)
    assert deployment.gateway.find(run_key(job)) is None
    deployment.approvals.answer("demo", job.id, Answer(approved=True, actor="token:1", reason="looks fine"))
    started = deployment.process(job)
    assert started.status is JobStatus.RUNNING
    assert started.guard
    assert set(started.guard.capabilities) == set(PROFILES[job.profile])


def test_workspace_may_let_guests_in(deployment: SimulatedDeployment) -> None:
    job = guests_job(deployment, None, "comment")
    deployment.access.put_workspace(WORKSPACE.model_copy(update={"guests_need_approval": False}))
    started = deployment.process(job)
    assert started.status is JobStatus.RUNNING
    assert started.guard
    assert set(started.guard.capabilities) == set(PROFILES["weaver"])
