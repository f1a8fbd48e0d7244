"""A job is accepted once, however often it is requested and wherever a function crashes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mosaic.jobs.errors import InputTooLarge
from mosaic.jobs.limits import MAX_INPUT_BYTES
from mosaic.jobs.states import JobStatus
from mosaic.jobs.value_objects import IssueContext
from mosaic.services.accept_job import Accepted, ClaimKey, ClaimReused
from tests.fakes import samples
from tests.fakes.clock import NOON
from tests.fakes.crash_injector import ConcurrentChange, CrashInjector, ProcessKilled
from tests.fakes.simulated_deployment import SimulatedDeployment

CLAIM = ClaimKey("key#1", "the request")


def messages(deployment: SimulatedDeployment) -> list[str]:
    return [message.job_message.job_id for message in deployment.queue.messages]


def test_accepted_job_is_stored_and_enqueued(deployment: SimulatedDeployment) -> None:
    accepted = deployment.acceptance.accept(samples.draft())
    assert not accepted.duplicate
    assert accepted.job.status is JobStatus.QUEUED
    assert deployment.reload(accepted.job) == accepted.job
    assert messages(deployment) == [accepted.job.id]


def test_request_without_claim_creates_a_job(deployment: SimulatedDeployment) -> None:
    assert deployment.accept().id != deployment.accept().id


def test_replay_returns_the_job_without_enqueuing(deployment: SimulatedDeployment) -> None:
    job = deployment.accept(CLAIM)
    cancelled = deployment.control.cancel("demo", job.id, "token:ada")
    sent = messages(deployment)
    accepted = deployment.acceptance.accept(samples.draft(), CLAIM)
    assert (accepted.job, accepted.duplicate) == (cancelled, True)
    assert messages(deployment) == sent


def test_reused_key_with_another_request_is_refused(deployment: SimulatedDeployment) -> None:
    deployment.accept(CLAIM)
    with pytest.raises(ClaimReused, match="another request"):
        deployment.accept(ClaimKey(CLAIM.key, "another request"))
    assert len(deployment.jobs.everything()) == 1


def test_same_key_in_another_workspace_is_another_job(deployment: SimulatedDeployment) -> None:
    assert deployment.accept(CLAIM).id != deployment.accept(CLAIM, workspace_id="acme").id


def test_expired_key_creates_a_new_job(deployment: SimulatedDeployment) -> None:
    kept = ClaimKey("key#1", "the request", timedelta(days=7))
    job = deployment.accept(kept)
    deployment.clock.forward(7 * 86400 - 1)
    assert deployment.accept(kept).id == job.id
    deployment.clock.forward(1)
    assert deployment.accept(kept).id != job.id


@pytest.mark.parametrize(
    ("call", "moment"),
    [(1, "before"), (1, "after"), (2, "before"), (2, "after"), (3, "before"), (3, "after")],
    ids=lambda value: str(value),
)
def test_replay_after_a_crash_finishes_the_same_job(call: int, moment: str) -> None:
    deployment = SimulatedDeployment(CrashInjector(call, "before" if moment == "before" else "after"))
    with pytest.raises(ProcessKilled):
        deployment.accept(CLAIM, repository="acme/shop")
    deployment.accept(CLAIM, repository="acme/shop")
    (job,) = deployment.jobs.everything()
    assert job.branch == f"mosaic/{job.id}"
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job).status is JobStatus.COMPLETED


def test_concurrent_requests_create_one_job() -> None:
    """The second request comes while the first has stored its claim but not its job."""
    meanwhile, second = ConcurrentChange("FakeJobs.add"), list[Accepted]()
    deployment = SimulatedDeployment(meanwhile)
    meanwhile.act = lambda: second.append(deployment.acceptance.accept(samples.draft(), CLAIM))
    first = deployment.acceptance.accept(samples.draft(), CLAIM)
    assert second == [Accepted(first.job, duplicate=False)]
    assert first.duplicate
    assert deployment.jobs.everything() == (first.job,)


def test_job_is_accepted_while_the_queue_is_down(deployment: SimulatedDeployment) -> None:
    deployment.queue.down = True
    job = deployment.accept()
    assert job.status is JobStatus.QUEUED
    deployment.queue.down = False
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job).status is JobStatus.COMPLETED


@pytest.mark.parametrize("fields", [{}, {"context": IssueContext(labels=("é",))}])
def test_too_large_job_is_refused_without_a_claim(
    deployment: SimulatedDeployment, fields: dict[str, object]
) -> None:
    size = MAX_INPUT_BYTES + 1 if not fields else MAX_INPUT_BYTES
    with pytest.raises(InputTooLarge):
        deployment.accept(CLAIM, instructions="x" * size, **fields)
    assert deployment.jobs.everything() == ()
    assert deployment.accept(ClaimKey(CLAIM.key, "a smaller request")).status is JobStatus.QUEUED


@pytest.mark.parametrize(
    ("delay", "status", "sent"),
    [
        (timedelta(seconds=-1), JobStatus.QUEUED, True),
        (timedelta(), JobStatus.QUEUED, True),
        (timedelta(seconds=1), JobStatus.PENDING, True),
        (timedelta(seconds=900), JobStatus.PENDING, True),
        # A longer delay than the queue allows: the sweep enqueues the job.
        (timedelta(seconds=901), JobStatus.PENDING, False),
        (timedelta(days=30), JobStatus.PENDING, False),
    ],
)
def test_delayed_job_waits_for_its_time(
    deployment: SimulatedDeployment, delay: timedelta, status: JobStatus, sent: bool
) -> None:
    job = deployment.accept(run_at=deployment.clock() + delay)
    assert job.status is status
    assert messages(deployment) == ([job.id] if sent else [])


@pytest.mark.parametrize("seconds", [30, 3600])
def test_delayed_job_runs_at_its_time(deployment: SimulatedDeployment, seconds: int) -> None:
    job = deployment.accept(run_at=deployment.clock() + timedelta(seconds=seconds))
    deployment.run(seconds - 5)
    assert deployment.reload(job).status is JobStatus.PENDING
    deployment.run(200)
    assert deployment.reload(job).status is JobStatus.COMPLETED


def test_late_job_is_created_at_its_claim_time() -> None:
    """The job's id holds that time, and lists by time are sorted by id; the change list shows it as new."""
    deployment = SimulatedDeployment(CrashInjector(1, "after"))
    with pytest.raises(ProcessKilled):
        deployment.acceptance.accept(samples.draft(), CLAIM)
    deployment.clock.forward(3600)
    job = deployment.accept(CLAIM)
    assert (job.created_at, job.updated_at) == (NOON, NOON + timedelta(hours=1))
