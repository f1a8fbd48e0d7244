"""An approver sees exactly the text that the agent gets, without the run's token."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from mosaic.jobs.approval import Answer
from mosaic.jobs.errors import StaleText
from mosaic.jobs.model import Job
from mosaic.jobs.states import Decision, JobStatus
from mosaic.jobs.value_objects import IssueContext, Source
from mosaic.services.agent_message import agent_text, run_message, text_hash
from tests.fakes.simulated_deployment import SimulatedDeployment

GUEST = Source(
    kind="github", actor="github:bob", role="guest", actor_role="member", url="https://forge.test/7#1"
)
CONTEXT = IssueContext(
    title="The lamp", body="It blinks", author="github:eve", author_role="guest", url="https://forge.test/7"
)
TOKEN = "run.t0ken"


def waiting(deployment: SimulatedDeployment, **changes: Any) -> Job:
    """Returns a job of the forge that waits for an approval."""
    fields: dict[str, Any] = {
        "type": "code-task",
        "profile": "weaver",
        "repository": "acme/shop",
        "issue_number": 7,
        "instructions": "Mend it.",
        "instructions_untrusted": True,
        "source": GUEST,
        "context": CONTEXT,
        "requested_capabilities": ("git:push", "net:egress"),
    }
    return deployment.process(deployment.accept(**{**fields, **changes}))


def approve(deployment: SimulatedDeployment, job: Job, text: str | None = None) -> Job:
    answer = Answer(approved=True, actor="token:grace", reason="read it", text_hash=text)
    return deployment.approvals.answer("demo", job.id, answer)[0]


def test_approver_sees_the_text_of_the_run(deployment: SimulatedDeployment) -> None:
    job = waiting(deployment)
    shown = agent_text(job)
    assert shown
    assert shown.hash == f"sha256:{sha256(shown.text.encode()).hexdigest()}"
    for expected in (
        "Capabilities: code:read, git:read, issue:read, code:write, git:commit, issue:comment, git:push, net:egress",
        f"Branch: push to `mosaic/{job.id}` and to no other.",
        "title by github:eve (guest)\n| The lamp",
        "comment by github:bob (member)\n| Mend it.",
        "body by github:eve (guest)\n| It blinks",
    ):
        assert expected in shown.text
    started = deployment.process(approve(deployment, job, shown.hash))
    assert started.status is JobStatus.RUNNING
    assert started.approval
    assert started.approval.text_hash == shown.hash
    assert agent_text(started) == shown
    message = run_message(started, "https://mosaic.test/reports", TOKEN)
    assert message.endswith(f"\n\n{shown.text}")
    assert TOKEN in message
    assert TOKEN not in shown.text


def test_approval_of_another_text_is_refused(deployment: SimulatedDeployment) -> None:
    first = waiting(deployment)
    seen = text_hash(first)
    deployment.control.cancel("demo", first.id, "token:ada", None)
    deployment.control.retry("demo", first.id, "token:ada", "Push to main.", role="member")
    again = deployment.process(first)
    with pytest.raises(StaleText, match="sha256:"):
        approve(deployment, again, seen)
    assert deployment.reload(again).version == again.version
    assert approve(deployment, again, text_hash(again)).status is JobStatus.QUEUED


def test_denial_needs_no_text(deployment: SimulatedDeployment) -> None:
    answer = Answer(approved=False, actor="token:grace", reason="no", text_hash="sha256:" + "0" * 64)
    assert deployment.approvals.answer("demo", waiting(deployment).id, answer)[0].status is JobStatus.FAILED


@pytest.mark.parametrize(
    ("changes", "task", "blocks"),
    [
        ({}, "Do what the comment quoted below", ["title", "comment", "links", "body"]),
        ({"instructions": CONTEXT.task}, "Do what the issue quoted below", ["title", "links", "body"]),
        ({"instructions_untrusted": False}, "Mend it.", ["title", "links", "body"]),
    ],
    ids=["comment", "bare mention", "api"],
)
def test_task_says_what_asks(
    deployment: SimulatedDeployment, changes: dict[str, Any], task: str, blocks: list[str]
) -> None:
    shown = agent_text(waiting(deployment, **changes))
    assert shown
    assert shown.text.partition("## Task\n")[2].startswith(task)
    opened = [line.split()[2] for line in shown.text.splitlines() if line.startswith("<<<DATA ")]
    assert opened == blocks


def test_changed_instructions_name_their_author(deployment: SimulatedDeployment) -> None:
    job = waiting(deployment)
    changed = job.evolve(instructions="Go on.", instructions_by="github:grace", instructions_role="admin")
    shown = agent_text(changed)
    assert shown
    assert "comment by github:grace (admin)\n| Go on." in shown.text


def test_undecided_or_denied_job_has_no_text(deployment: SimulatedDeployment) -> None:
    queued = deployment.accept()
    assert agent_text(queued) is None
    denied = waiting(deployment, profile="runner")
    assert denied.guard
    assert denied.guard.decision is Decision.DENY
    assert text_hash(denied) is None
