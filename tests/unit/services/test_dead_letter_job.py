"""What could not be processed fails its job and is kept; what was kept is put back, and nothing is lost between."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from mosaic.events.model import EventType
from mosaic.jobs import lifecycle
from mosaic.jobs.errors import StaleJob
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus
from mosaic.services.dead_letter_job import CLOCKS_APART, GIVE_UP, DeadLetterHandler
from mosaic.services.redrive_dead_letters import DeadLetterRedrive, Outcome, Redriven
from mosaic.storage.job_queue import QueueUnavailable
from tests.fakes.crash_injector import Meanwhile, Trouble
from tests.fakes.dead_letters import FakeLetters
from tests.fakes.simulated_deployment import World

GARBAGE = ["", "hello", "[]", "{}", '{"workspaceId": "demo"}', '{"jobId": 7}']


def unreadable() -> ValidationError:
    with pytest.raises(ValidationError) as raised:
        Job.model_validate_json("{}")
    return raised.value


def body(job: Job) -> str:
    return json.dumps({"workspaceId": job.workspace_id, "jobId": job.id})


def poison(world: World, jobs: object = None) -> DeadLetterHandler:
    return DeadLetterHandler(jobs or world.jobs, world.waker, world.letters, world.clock, 5)  # type: ignore[arg-type]


def redrive(world: World, jobs: object = None, letters: FakeLetters | None = None) -> DeadLetterRedrive:
    return DeadLetterRedrive(jobs or world.jobs, world.control, world.queue, letters or world.letters)  # type: ignore[arg-type]


def test_a_job_that_waits_fails_and_its_message_is_kept(world: World) -> None:
    job = world.accept()
    world.clock.forward(1)
    assert poison(world).take(body(job), world.clock()) == f"job {job.id} failed"
    failed = world.again(job)
    assert failed.error
    assert (failed.status, failed.error.code, failed.error.retryable) == (
        JobStatus.FAILED,
        "dead_lettered",
        True,
    )
    assert "5 tries" in failed.error.title
    assert (world.letters.bodies, world.letters.reasons) == ([body(job)], [f"job {job.id} failed"])
    world.record()
    types = [event.type for event in world.events.page("demo", job.id, None, 99)]
    assert types[-1] is EventType.JOB_FAILED


def test_a_run_that_was_under_way_is_fenced_and_stopped(world: World) -> None:
    job = world.accept(instructions="SLEEP=1000")
    world.run(30)
    assert world.again(job).status is JobStatus.RUNNING
    poison(world).take(body(job), world.clock())
    world.until(world.at_rest)
    assert world.again(job).status is JobStatus.FAILED
    assert world.gateway.find(f"mosaic:{job.id}:1") is None


def test_a_job_that_was_changed_since_is_not_stuck_with_the_message(world: World) -> None:
    job = world.accept()
    sent_at = world.clock()
    world.clock.forward(CLOCKS_APART.total_seconds() + 1)
    world.jobs.save(lifecycle.change(job, world.clock(), "rival"))
    assert "has been changed since" in poison(world).take(body(job), sent_at)
    assert world.again(job).status is JobStatus.QUEUED
    assert world.letters.bodies == [body(job)]


def test_the_queue_s_clock_may_be_a_little_behind(world: World) -> None:
    job = world.accept()
    poison(world).take(body(job), world.clock() - CLOCKS_APART)
    assert world.again(job).status is JobStatus.FAILED


@pytest.mark.parametrize("text", GARBAGE)
def test_what_is_no_message_of_ours_is_kept(world: World, text: str) -> None:
    assert poison(world).take(text, world.clock()) == "no message of ours"
    assert world.letters.bodies == [text]


def test_a_job_that_is_not_stored_is_said_to_be_none(world: World) -> None:
    wake = json.dumps({"workspaceId": "demo", "jobId": "01KGA000000000000000000000"})
    assert "is not stored" in poison(world).take(wake, world.clock())
    assert world.letters.bodies == [wake]


def test_a_job_that_cannot_be_read_is_left_as_it_is_and_swept_no_more(world: World) -> None:
    job = world.accept()
    crashes = Trouble("FakeJobs.get", unreadable())
    said = poison(world, crashes.over(world.jobs)).take(body(job), world.clock())
    assert "cannot be read" in said
    assert world.again(job) == job
    assert world.jobs.next_due() is None
    assert world.letters.reasons == [said]


def test_an_ended_job_is_cleaned_up_after_until_long_after_its_deadline(world: World) -> None:
    job = world.accept(instructions="SLEEP=1000")
    world.run(30)
    ended = world.control.cancel("demo", job.id, "token:ada")
    assert ended.dispatch
    over = ended.dispatch.deadline + GIVE_UP
    world.clock.forward((over - world.clock()).total_seconds() - 1)
    poison(world).take(body(job), world.clock())
    assert world.jobs.next_due() is not None
    world.clock.forward(1)
    assert "had ended" in poison(world).take(body(job), world.clock())
    assert world.jobs.next_due() is None
    assert world.again(job) == ended


def test_whoever_changes_the_job_meanwhile_is_waited_for(world: World) -> None:
    job = world.accept()
    crashes = Trouble("FakeJobs.save", StaleJob("again and again"))
    with pytest.raises(StaleJob):
        poison(world, crashes.over(world.jobs)).take(body(job), world.clock())
    assert world.letters.bodies == []


def test_what_cannot_be_kept_is_not_acknowledged_and_does_no_harm_twice(world: World) -> None:
    job = world.accept()
    world.letters.down = True
    with pytest.raises(QueueUnavailable):
        poison(world).take(body(job), world.clock())
    world.letters.down = False
    failed = world.again(job)
    poison(world).take(body(job), world.clock())
    assert (world.again(job), world.letters.bodies) == (failed, [body(job)])


def test_a_poisoned_job_is_retried_and_done_once_its_message_is_put_back(world: World) -> None:
    job = world.accept()
    world.queue.messages.clear()
    poison(world).take(body(job), world.clock())
    assert redrive(world).redrive("demo", "token:ada", 10) == (
        Redriven(job_id=job.id, outcome=Outcome.RETRIED),
    )
    assert world.letters.bodies == []
    world.until(world.at_rest)
    done = world.again(job)
    assert (done.status, done.attempt) == (JobStatus.COMPLETED, 2)


def test_for_any_other_job_the_message_is_sent_again(world: World) -> None:
    job = world.accept()
    world.queue.messages.clear()
    world.letters.put(body(job), "")
    assert [each.outcome for each in redrive(world).redrive("demo", "token:ada", 10)] == [Outcome.SENT]
    assert [message.wake.job_id for message in world.queue.messages] == [job.id]
    assert world.again(job) == job


def test_a_job_that_can_be_read_again_is_swept_again(world: World) -> None:
    job = world.accept()
    world.jobs.unreadable.add((job.workspace_id, job.id))
    poison(world).take(body(job), world.clock())
    world.jobs.unreadable.clear()
    assert world.jobs.next_due() is None
    assert [each.outcome for each in redrive(world).redrive("demo", "token:ada", 10)] == [Outcome.SENT]
    world.queue.messages.clear()
    world.until(world.at_rest)
    assert world.again(job).status is JobStatus.COMPLETED


def test_only_the_workspace_s_own_letters_are_put_back_and_the_others_can_be_taken(world: World) -> None:
    mine, other = world.accept(), json.dumps({"workspaceId": "acme", "jobId": "01KGA000000000000000000000"})
    for text in (other, *GARBAGE, body(mine), *[other] * 20):
        world.letters.put(text, "")
    done = redrive(world).redrive("demo", "token:ada", 10)
    assert [each.job_id for each in done] == [mine.id]
    assert (len(world.letters.bodies), world.letters.free) == (21 + len(GARBAGE), 21 + len(GARBAGE))


@pytest.mark.parametrize(("limit", "left"), [(1, 4), (3, 2), (5, 0), (99, 0)])
def test_no_more_are_put_back_than_asked_for(world: World, limit: int, left: int) -> None:
    for _ in range(5):
        world.letters.put(body(world.accept()), "")
    assert len(redrive(world).redrive("demo", "token:ada", limit)) == min(limit, 5)
    assert (len(world.letters.bodies), world.letters.free) == (left, left)


def test_a_letter_whose_job_cannot_be_worked_on_is_kept_with_the_reason(world: World) -> None:
    job = world.accept()
    world.letters.put(body(job), "")
    crashes = Trouble("FakeJobs.get", unreadable())
    (kept,) = redrive(world, crashes.over(world.jobs)).redrive("demo", "token:ada", 10)
    assert (kept.outcome, kept.reason) == (Outcome.KEPT, "the job cannot be read")
    assert world.letters.free == 1


def test_a_letter_is_dropped_only_once_it_is_done(world: World) -> None:
    world.letters.put(body(world.accept()), "")
    world.queue.down = True
    with pytest.raises(QueueUnavailable):
        redrive(world).redrive("demo", "token:ada", 10)
    assert world.letters.free == 1


def test_a_job_that_somebody_retries_meanwhile_is_left_to_them(world: World) -> None:
    job = world.accept()
    poison(world).take(body(job), world.clock())
    meanwhile = Meanwhile("FakeJobs.save")
    meanwhile.act = lambda: world.control.retry("demo", job.id, "token:bob")
    jobs = meanwhile.over(world.jobs)
    control = type(world.control)(jobs, world.waker, world.clock)
    (kept,) = DeadLetterRedrive(jobs, control, world.queue, world.letters).redrive("demo", "token:ada", 10)
    assert kept.outcome is Outcome.KEPT
    assert redrive(world).redrive("demo", "token:ada", 10)[0].outcome is Outcome.SENT
