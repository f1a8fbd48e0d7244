"""The guard rails are evaluated at each dispatch, with the policies and grants of that moment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mosaic.access.model import Grant
from mosaic.events.model import EventType
from mosaic.forge.intent import Provider
from mosaic.jobs.approval import Answer
from mosaic.jobs.model import Job
from mosaic.jobs.roles import RequesterRole
from mosaic.jobs.states import Decision, JobStatus, Waiting
from mosaic.jobs.value_objects import Source
from mosaic.rails.policy import base_policies
from mosaic.services import dispatch_intent
from tests.fakes.simulated_deployment import SimulatedDeployment

PUSH = 'action == Mosaic::Action::"git:push"'
CLOSED = f'@id("closed")\n@reason("closed for the move")\nforbid (principal, {PUSH}, resource);\n'
ASKED = f'@id("asked")\n@reason("ask first")\nforbid (principal, {PUSH}, resource) unless {{ context.approved }};\n'
WATCHED = CLOSED.replace("\nforbid", '\n@mode("observe")\nforbid')
GRANTS = (Grant(profile="weaver", capability="git:push", repository="Acme/Shop"),)


def pushing(deployment: SimulatedDeployment, role: RequesterRole | None = "member", **fields: Any) -> Job:
    usual: dict[str, Any] = {
        "profile": "weaver",
        "repository": "acme/shop",
        "source": Source(kind="github", actor="github:ada", role=role),
        "requested_capabilities": ("git:push",),
    }
    return deployment.accept(**{**usual, **fields})


def configured(deployment: SimulatedDeployment, **settings: Any) -> None:
    known = deployment.access.workspace("demo")
    assert known
    deployment.access.put_workspace(known.model_copy(update=settings))


def approved(deployment: SimulatedDeployment, job: Job) -> Job:
    deployment.approvals.answer("demo", job.id, Answer(approved=True, actor="token:eve", reason="go"))
    return deployment.reload(job)


def policies(job: Job) -> set[str]:
    assert job.guard
    return {reason.policy for reason in job.guard.reasons if reason.capability == "git:push"}


def test_disconnected_repository_fails_before_dispatch(deployment: SimulatedDeployment) -> None:
    job = pushing(deployment, run_at=deployment.clock() + timedelta(hours=1))
    deployment.access.disconnect_all()
    deployment.run_until(lambda: deployment.reload(job).status is JobStatus.FAILED, hours=2)

    failed = deployment.reload(job)
    assert failed.error
    assert failed.error.code == "repository_not_connected"
    assert deployment.gateway.model_calls == []


@pytest.mark.parametrize(("provider", "runs"), [("github", True), ("gitea", False)])
def test_job_of_a_forge_needs_that_forge(
    deployment: SimulatedDeployment, provider: Provider, runs: bool
) -> None:
    deployment.access.disconnect_all()
    deployment.access.connect(provider, "acme/shop", "demo")
    job = deployment.process(pushing(deployment, requested_capabilities=()))

    assert (job.status is not JobStatus.FAILED) is runs


def test_ceiling_overrules_grant_and_approval(deployment: SimulatedDeployment) -> None:
    configured(deployment, grants=GRANTS, capability_ceiling=("code:read", "code:write"))
    job = deployment.process(pushing(deployment))

    assert job.error
    assert (job.error.code, policies(job)) == ("denied", {"operator-ceiling"})


def test_policy_added_during_the_wait_counts(deployment: SimulatedDeployment) -> None:
    configured(deployment, grants=GRANTS)
    job = pushing(deployment, run_at=deployment.clock() + timedelta(hours=1))
    configured(deployment, policies=CLOSED)
    deployment.run_until(lambda: deployment.reload(job).status is JobStatus.FAILED, hours=2)
    failed = deployment.reload(job)
    assert failed.error
    assert (failed.error.code, policies(failed)) == ("denied", {"closed"})
    assert "closed: closed for the move" in failed.error.title
    assert deployment.gateway.model_calls == []


def test_new_forbid_overrules_an_approval(deployment: SimulatedDeployment) -> None:
    job = deployment.process(pushing(deployment))
    assert job.waiting is Waiting.APPROVAL
    job = approved(deployment, job)
    configured(deployment, policies=CLOSED)
    failed = deployment.process(job)
    assert (failed.status, policies(failed)) == (JobStatus.FAILED, {"closed"})


def test_earlier_approval_satisfies_a_new_policy(
    deployment: SimulatedDeployment,
) -> None:
    configured(deployment, grants=GRANTS, policies=ASKED)
    job = deployment.process(pushing(deployment))
    assert (job.waiting, policies(job)) == (Waiting.APPROVAL, {"asked", "base.execute"})
    assert deployment.process(approved(deployment, job)).status is JobStatus.RUNNING


def test_policy_removed_during_the_wait_is_ignored(deployment: SimulatedDeployment) -> None:
    configured(deployment, grants=GRANTS, policies=CLOSED)
    job = pushing(deployment, run_at=deployment.clock() + timedelta(hours=1))
    configured(deployment, policies="")
    deployment.run_until(lambda: deployment.reload(job).status is JobStatus.RUNNING, hours=2)
    assert deployment.reload(job).status is JobStatus.RUNNING


def test_each_attempt_is_evaluated_again(deployment: SimulatedDeployment) -> None:
    configured(deployment, grants=GRANTS)
    deployment.gateway.down = True
    job = deployment.process(pushing(deployment))
    assert (job.status, policies(job)) == (JobStatus.QUEUED, {"base.execute"})
    configured(deployment, policies=CLOSED)
    deployment.run_until(lambda: deployment.reload(job).status is JobStatus.FAILED, hours=1)
    assert policies(deployment.reload(job)) == {"closed"}


@pytest.mark.parametrize(
    ("role", "status"),
    [("admin", "RUNNING"), ("member", "RUNNING"), ("guest", "PENDING"), (None, "RUNNING")],
)
def test_grant_counts_for_known_actors_only(
    deployment: SimulatedDeployment, role: RequesterRole | None, status: str
) -> None:
    configured(deployment, grants=GRANTS)
    assert deployment.process(pushing(deployment, role)).status == status


def test_guard_decision_is_an_event(deployment: SimulatedDeployment) -> None:
    configured(deployment, grants=GRANTS, policies=WATCHED)
    job = deployment.process(pushing(deployment))
    deployment.record()
    [event] = [
        one for one in deployment.events.page("demo", job.id, None, 100) if one.type is EventType.RAILS_GUARD
    ]
    assert job.guard
    assert event.payload == job.guard.model_dump(mode="json", by_alias=True)
    assert event.payload["observed"] == [
        {
            "policy": "closed",
            "reason": "closed for the move",
            "capability": "git:push",
            "would": "deny",
        }
    ]
    assert event.payload["policySet"] == base_policies().with_workspace_policies(WATCHED).digest


def test_evaluated_paths_are_in_the_agents_message(
    deployment: SimulatedDeployment,
) -> None:
    branch = CLOSED.replace(");", ') when { context.branch == "main" };')
    configured(deployment, grants=GRANTS, policies=branch)
    assert deployment.process(pushing(deployment, branch="main")).status is JobStatus.FAILED
    job = deployment.process(pushing(deployment, paths=("src/",)))
    assert job.status is JobStatus.RUNNING
    run_request = dispatch_intent.run_request(
        job, dispatch_intent.RunEndpoints("https://x.test", "https://x.test", "token")
    )
    assert f"push to `mosaic/{job.id}` and to no other" in run_request.message
    assert "change nothing outside of `src/`" in run_request.message


def test_run_without_push_gets_no_branch(deployment: SimulatedDeployment) -> None:
    job = deployment.process(pushing(deployment, requested_capabilities=()))
    assert job.guard
    assert job.guard.decision is Decision.ALLOW
    run_request = dispatch_intent.run_request(
        job, dispatch_intent.RunEndpoints("https://x.test", "https://x.test", "token")
    )
    assert "Branch:" not in run_request.message
