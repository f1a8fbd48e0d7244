"""A message that could not be processed fails its job and is kept; a redrive loses no message."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from mosaic.events.model import EventType
from mosaic.jobs import lifecycle
from mosaic.jobs.errors import StaleJob
from mosaic.jobs.model import Job
from mosaic.jobs.roles import RequesterRole
from mosaic.jobs.states import JobStatus
from mosaic.jobs.value_objects import Source
from mosaic.services.dead_letter_job import GIVE_UP_AFTER, MAX_CLOCK_SKEW, DeadLetterHandler
from mosaic.services.redrive_dead_letters import DeadLetterRedrive, Outcome, Redriven
from mosaic.storage.job_queue import QueueUnavailable
from tests.fakes.crash_injector import ConcurrentChange, FailingCalls
from tests.fakes.simulated_deployment import SimulatedDeployment
from tests.fakes.storage.dead_letters import FakeDeadLetters

GARBAGE = ["", "hello", "[]", "{}", '{"workspaceId": "demo"}', '{"jobId": 7}']


def unreadable() -> ValidationError:
    with pytest.raises(ValidationError) as raised:
        Job.model_validate_json("{}")
    return raised.value


def body(job: Job) -> str:
    return json.dumps({"workspaceId": job.workspace_id, "jobId": job.id})


def handler(deployment: SimulatedDeployment, jobs: object = None) -> DeadLetterHandler:
    return DeadLetterHandler(
        jobs or deployment.jobs,  # type: ignore[arg-type]
        deployment.enqueuer,
        deployment.dead_letters,
        deployment.clock,
        5,
    )


def redrive(
    deployment: SimulatedDeployment, jobs: object = None, dead_letters: FakeDeadLetters | None = None
) -> DeadLetterRedrive:
    return DeadLetterRedrive(
        jobs or deployment.jobs,  # type: ignore[arg-type]
        deployment.control,
        deployment.queue,
        dead_letters or deployment.dead_letters,
    )


def test_waiting_job_fails_and_its_message_is_kept(deployment: SimulatedDeployment) -> None:
    job = deployment.accept()
    deployment.clock.forward(1)
    assert handler(deployment).handle(body(job), deployment.clock()) == f"job {job.id} failed"
    failed = deployment.reload(job)
    assert failed.error
    assert (failed.status, failed.error.code, failed.error.retryable) == (
        JobStatus.FAILED,
        "dead_lettered",
        True,
    )
    assert "5 tries" in failed.error.title
    assert (deployment.dead_letters.bodies, deployment.dead_letters.reasons) == (
        [body(job)],
        [f"job {job.id} failed"],
    )
    deployment.record()
    types = [event.type for event in deployment.events.page("demo", job.id, None, 99)]
    assert types[-1] is EventType.JOB_FAILED


def test_run_in_progress_is_stopped(deployment: SimulatedDeployment) -> None:
    job = deployment.accept(instructions="SLEEP=1000")
    deployment.run(30)
    assert deployment.reload(job).status is JobStatus.RUNNING
    handler(deployment).handle(body(job), deployment.clock())
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job).status is JobStatus.FAILED
    assert deployment.gateway.find(f"mosaic:{job.id}:1") is None


def test_job_changed_since_is_left_alone(deployment: SimulatedDeployment) -> None:
    job = deployment.accept()
    sent_at = deployment.clock()
    deployment.clock.forward(MAX_CLOCK_SKEW.total_seconds() + 1)
    deployment.jobs.save(lifecycle.change(job, deployment.clock(), "rival"))
    assert "has been changed since" in handler(deployment).handle(body(job), sent_at)
    assert deployment.reload(job).status is JobStatus.QUEUED
    assert deployment.dead_letters.bodies == [body(job)]


def test_clock_of_the_queue_may_be_behind(deployment: SimulatedDeployment) -> None:
    job = deployment.accept()
    handler(deployment).handle(body(job), deployment.clock() - MAX_CLOCK_SKEW)
    assert deployment.reload(job).status is JobStatus.FAILED


@pytest.mark.parametrize("text", GARBAGE)
def test_unknown_message_is_kept(deployment: SimulatedDeployment, text: str) -> None:
    assert handler(deployment).handle(text, deployment.clock()) == "not a job message"
    assert deployment.dead_letters.bodies == [text]


def test_message_of_an_unknown_job_is_kept(deployment: SimulatedDeployment) -> None:
    job_message = json.dumps({"workspaceId": "demo", "jobId": "01KGA000000000000000000000"})
    assert "is not stored" in handler(deployment).handle(job_message, deployment.clock())
    assert deployment.dead_letters.bodies == [job_message]


def test_unreadable_job_is_excluded_from_sweeps(
    deployment: SimulatedDeployment,
) -> None:
    job = deployment.accept()
    crashes = FailingCalls("FakeJobs.get", unreadable())
    outcome = handler(deployment, crashes.wrap(deployment.jobs)).handle(body(job), deployment.clock())
    assert "cannot be read" in outcome
    assert deployment.reload(job) == job
    assert deployment.jobs.next_due() is None
    assert deployment.dead_letters.reasons == [outcome]


def test_cleanup_is_given_up_after_the_deadline(
    deployment: SimulatedDeployment,
) -> None:
    job = deployment.accept(instructions="SLEEP=1000")
    deployment.run(30)
    ended = deployment.control.cancel("demo", job.id, "token:ada")
    assert ended.dispatch
    over = ended.dispatch.deadline + GIVE_UP_AFTER
    deployment.clock.forward((over - deployment.clock()).total_seconds() - 1)
    handler(deployment).handle(body(job), deployment.clock())
    assert deployment.jobs.next_due() is not None
    deployment.clock.forward(1)
    assert "had ended" in handler(deployment).handle(body(job), deployment.clock())
    assert deployment.jobs.next_due() is None
    assert deployment.reload(job) == ended


def test_concurrent_change_delays_the_handling(deployment: SimulatedDeployment) -> None:
    job = deployment.accept()
    crashes = FailingCalls("FakeJobs.save", StaleJob("again and again"))
    with pytest.raises(StaleJob):
        handler(deployment, crashes.wrap(deployment.jobs)).handle(body(job), deployment.clock())
    assert deployment.dead_letters.bodies == []


def test_message_that_cannot_be_kept_is_retried(
    deployment: SimulatedDeployment,
) -> None:
    job = deployment.accept()
    deployment.dead_letters.down = True
    with pytest.raises(QueueUnavailable):
        handler(deployment).handle(body(job), deployment.clock())
    deployment.dead_letters.down = False
    failed = deployment.reload(job)
    handler(deployment).handle(body(job), deployment.clock())
    assert (deployment.reload(job), deployment.dead_letters.bodies) == (failed, [body(job)])


def test_redrive_retries_a_dead_lettered_job(
    deployment: SimulatedDeployment,
) -> None:
    job = deployment.accept()
    deployment.queue.messages.clear()
    handler(deployment).handle(body(job), deployment.clock())
    assert redrive(deployment).redrive("demo", "token:ada", 10, role="admin") == (
        Redriven(job_id=job.id, outcome=Outcome.RETRIED),
    )
    assert deployment.dead_letters.bodies == []
    deployment.run_until(deployment.is_idle)
    done = deployment.reload(job)
    assert (done.status, done.attempt) == (JobStatus.COMPLETED, 2)


@pytest.mark.parametrize(
    ("own", "caller", "retried"),
    [
        ("admin", "admin", "admin"),
        ("admin", "member", "member"),
        ("member", "admin", "member"),
        ("guest", "member", "guest"),
    ],
)
def test_redrive_retries_in_the_lower_role(
    deployment: SimulatedDeployment, own: RequesterRole, caller: RequesterRole, retried: RequesterRole
) -> None:
    job = deployment.accept(source=Source(kind="api", actor="token:eve", role=own))
    handler(deployment).handle(body(job), deployment.clock())
    redrive(deployment).redrive("demo", "token:ada", 10, role=caller)
    assert deployment.reload(job).source.role == retried


def test_redrive_sends_other_messages_again(deployment: SimulatedDeployment) -> None:
    job = deployment.accept()
    deployment.queue.messages.clear()
    deployment.dead_letters.put(body(job), "")
    assert [each.outcome for each in redrive(deployment).redrive("demo", "token:ada", 10, role="admin")] == [
        Outcome.SENT
    ]
    assert [message.job_message.job_id for message in deployment.queue.messages] == [job.id]
    assert deployment.reload(job) == job


def test_redrive_returns_a_readable_job_to_sweeps(deployment: SimulatedDeployment) -> None:
    job = deployment.accept()
    deployment.jobs.unreadable.add((job.workspace_id, job.id))
    handler(deployment).handle(body(job), deployment.clock())
    deployment.jobs.unreadable.clear()
    assert deployment.jobs.next_due() is None
    assert [each.outcome for each in redrive(deployment).redrive("demo", "token:ada", 10, role="admin")] == [
        Outcome.SENT
    ]
    deployment.queue.messages.clear()
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job).status is JobStatus.COMPLETED


def test_redrive_is_limited_to_the_workspace(
    deployment: SimulatedDeployment,
) -> None:
    mine, other = (
        deployment.accept(),
        json.dumps({"workspaceId": "acme", "jobId": "01KGA000000000000000000000"}),
    )
    for text in (other, *GARBAGE, body(mine), *[other] * 20):
        deployment.dead_letters.put(text, "")
    done = redrive(deployment).redrive("demo", "token:ada", 10, role="admin")
    assert [each.job_id for each in done] == [mine.id]
    assert (len(deployment.dead_letters.bodies), deployment.dead_letters.free) == (
        21 + len(GARBAGE),
        21 + len(GARBAGE),
    )


@pytest.mark.parametrize(("limit", "left"), [(1, 4), (3, 2), (5, 0), (99, 0)])
def test_redrive_respects_the_limit(deployment: SimulatedDeployment, limit: int, left: int) -> None:
    for _ in range(5):
        deployment.dead_letters.put(body(deployment.accept()), "")
    assert len(redrive(deployment).redrive("demo", "token:ada", limit, role="admin")) == min(limit, 5)
    assert (len(deployment.dead_letters.bodies), deployment.dead_letters.free) == (left, left)


def test_redrive_keeps_unusable_jobs_with_reason(
    deployment: SimulatedDeployment,
) -> None:
    job = deployment.accept()
    deployment.dead_letters.put(body(job), "")
    crashes = FailingCalls("FakeJobs.get", unreadable())
    (kept,) = redrive(deployment, crashes.wrap(deployment.jobs)).redrive(
        "demo", "token:ada", 10, role="admin"
    )
    assert (kept.outcome, kept.reason) == (Outcome.KEPT, "the job cannot be read")
    assert deployment.dead_letters.free == 1


def test_redrive_deletes_only_handled_messages(deployment: SimulatedDeployment) -> None:
    deployment.dead_letters.put(body(deployment.accept()), "")
    deployment.queue.down = True
    with pytest.raises(QueueUnavailable):
        redrive(deployment).redrive("demo", "token:ada", 10, role="admin")
    assert deployment.dead_letters.free == 1


def test_redrive_ignores_a_job_retried_meanwhile(deployment: SimulatedDeployment) -> None:
    job = deployment.accept()
    handler(deployment).handle(body(job), deployment.clock())
    meanwhile = ConcurrentChange("FakeJobs.save")
    meanwhile.act = lambda: deployment.control.retry("demo", job.id, "token:bob", role="member")
    jobs = meanwhile.wrap(deployment.jobs)
    control = type(deployment.control)(jobs, deployment.enqueuer, deployment.clock)
    (kept,) = DeadLetterRedrive(jobs, control, deployment.queue, deployment.dead_letters).redrive(
        "demo", "token:ada", 10, role="admin"
    )
    assert kept.outcome is Outcome.KEPT
    assert redrive(deployment).redrive("demo", "token:ada", 10, role="admin")[0].outcome is Outcome.SENT
