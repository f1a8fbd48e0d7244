"""Bugs that can be planted into the product's own code, to see that the simulation finds them.

Each is a mistake that somebody could make, or has made elsewhere; its first line says what goes wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from mosaic.events import derive as deriving
from mosaic.flows import change as changing
from mosaic.flows import finish, orders, sweep
from mosaic.flows.accept import Acceptance, Accepted, ClaimKey
from mosaic.flows.cleanup import Cleanup
from mosaic.flows.control import Control
from mosaic.flows.finish import Finish
from mosaic.flows.follow import Follow
from mosaic.flows.intake import Intake
from mosaic.flows.places import Turnstile
from mosaic.flows.stitch import Stitcher
from mosaic.jobs import lifecycle, proof, reports, run
from mosaic.jobs.errors import JobNotFound, StaleJob
from mosaic.jobs.model import Draft, Job
from mosaic.jobs.states import Decision, GateStatus, JobStatus, Phase
from mosaic.jobs.store import JobQuery

Patch = tuple[Any, str, Any]
MUTANTS: dict[str, Callable[[], tuple[Patch, ...]]] = {}


def mutant(make: Callable[[], tuple[Patch, ...]]) -> Callable[[], tuple[Patch, ...]]:
    """Register a planted bug under its function's name."""
    MUTANTS[make.__name__.replace("_", " ")] = make
    return make


@contextmanager
def planted(name: str) -> Iterator[None]:
    """The product with this bug in it; raises KeyError for one that there is not."""
    patches = [patch.object(*one) for one in MUTANTS[name]()]
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in reversed(patches):
            one.stop()


@mutant
def send_before_put() -> tuple[Patch, ...]:
    """The message is sent before the job is stored."""

    def add(self: Any, job: Job) -> Job:
        self._waker.wake(job, job.created_at)
        self._jobs.add(job)
        return job

    return ((Acceptance, "_add", add),)


@mutant
def answer_before_put() -> tuple[Patch, ...]:
    """A put that failed is answered like one that succeeded."""
    real = Acceptance._add

    def add(self: Any, job: Job) -> Job:
        try:
            return real(self, job)
        except Exception:  # noqa: BLE001 - the bug
            return job

    return ((Acceptance, "_add", add),)


@mutant
def claim_after_job() -> tuple[Patch, ...]:
    """The idempotency key is claimed when the job is stored already."""

    def accept(self: Any, draft: Draft, claim: ClaimKey | None = None) -> Accepted:
        now = self._clock()
        job = lifecycle.create(draft, self._new_id(now), now)
        self._jobs.add(job)
        self._waker.wake(job, now)
        held = self._claimed(job, claim, now) if claim else job.id
        stored = self._jobs.get(job.workspace_id, held) if held != job.id else None
        return Accepted(stored or job, duplicate=stored is not None)

    return ((Acceptance, "accept", accept),)


@mutant
def create_without_due_time() -> tuple[Patch, ...]:
    """A new job trusts in its message, and nobody looks when that is lost."""
    real = lifecycle.create

    def create(draft: Draft, job_id: str, now: datetime) -> Job:
        return real(draft, job_id, now).model_copy(update={"due_at": None})

    return ((lifecycle, "create", create),)


@mutant
def save_over_whatever_is_there() -> tuple[Patch, ...]:
    """The gate is checked, and the change decided, on a version that is read once; it is saved over a newer one."""

    def change(jobs: Any, workspace_id: str, job_id: str, step: Callable[[Job], Job]) -> tuple[Job, bool]:
        job = jobs.get(workspace_id, job_id)
        if job is None:
            raise JobNotFound(job_id)
        changed = step(job)
        while changed is not job:
            try:
                jobs.save(changed)
            except StaleJob:
                changed = changed.evolve(version=jobs.get(workspace_id, job_id).version + 1)
                continue
            return changed, True
        return job, False

    return ((changing, "change", change),)


@mutant
def order_before_save() -> tuple[Patch, ...]:
    """The gateway is called first, and what was ordered is saved afterwards."""
    real = Stitcher._save

    def save(self: Any, job: Job) -> Job:
        if job.status is JobStatus.RUNNING and run.awaits_acceptance(job):
            self._gateway.add(orders.request(job, self._addresses(job)))
        return real(self, job)

    return ((Stitcher, "_save", save),)


@mutant
def new_time_on_redelivery() -> tuple[Patch, ...]:
    """An order that is repeated gets a new time, with which the gateway takes it for another run."""
    real = Stitcher._order

    def order(self: Any, job: Job, max_tries: int | None = None) -> Job | None:
        if max_tries is None:
            now = self._clock()
            job = self._save(run.reordered(job, orders.start_time(now), now, "stitcher", 0))
        return real(self, job, max_tries)

    return ((Stitcher, "_order", order),)


@mutant
def new_key_on_redelivery() -> tuple[Patch, ...]:
    """The key under which the gateway knows an attempt has the time of the call in it."""
    real = orders.request

    def request(job: Job, addresses: Any) -> Any:
        return real(job, addresses).model_copy(update={"key": f"{orders.key(job)}:{job.version}"})

    return ((orders, "request", request),)


@mutant
def callback_of_any_attempt() -> tuple[Patch, ...]:
    """A callback ends whatever attempt the job is at."""

    def finish_(self: Any, ref: Any, declaration_id: str, outcome: Any) -> tuple[Job, bool]:
        now = self._clock()
        return changing.change_and_wake(
            self._jobs,
            self._waker,
            ref.workspace_id,
            ref.job_id,
            now,
            lambda job: finish.ended(job, declaration_id, outcome, now),
        )

    return ((Finish, "finish", finish_),)


@mutant
def reports_of_any_attempt() -> tuple[Patch, ...]:
    """The run of an earlier attempt goes on reporting on the present one."""
    real = reports.take

    def take(job: Job, _attempt: int, *rest: Any) -> Job:
        return real(job, job.attempt, *rest)

    return ((reports, "take", take),)


@mutant
def late_callback_wakes_the_dead() -> tuple[Patch, ...]:
    """A callback is taken whatever the job's status, so that a cancelled one completes."""
    real = finish.ended

    def ended(job: Job, *rest: Any) -> Job:
        alive = job.model_copy(update={"status": JobStatus.RUNNING, "phase": Phase.EXECUTION})
        return real(alive if job.dispatch else job, *rest)

    return ((finish, "ended", ended),)


@mutant
def skipped_gates_pass() -> tuple[Patch, ...]:
    """A gate that could not run does not stop the job."""
    return ((proof, "LETS_PASS", frozenset({GateStatus.PASSED, GateStatus.FORCED, GateStatus.ERROR})),)


@mutant
def gates_that_are_silent_pass() -> tuple[Patch, ...]:
    """When the gates' time is up, the job completes with what it has."""
    return ((proof, "expire", lambda job, now, actor: lifecycle.complete(job, now, actor)),)


@mutant
def approval_is_not_needed_at_dispatch() -> tuple[Patch, ...]:
    """What would need an approval is taken for approved once somebody was asked."""
    real = orders.guard

    def guard(job: Job, *rest: Any) -> Any:
        decided = real(job, *rest)
        if decided.decision is not Decision.APPROVAL_REQUIRED:
            return decided
        given = (*decided.capabilities, *decided.refused)
        return decided.model_copy(update={"decision": Decision.ALLOW, "capabilities": given})

    return ((orders, "guard", guard),)


@mutant
def denied_is_dispatched() -> tuple[Patch, ...]:
    """The guard rails advise, and the stitcher goes on."""
    real = orders.guard

    def guard(job: Job, *rest: Any) -> Any:
        return real(job, *rest).model_copy(update={"decision": Decision.ALLOW})

    return ((orders, "guard", guard),)


@mutant
def sweep_ignores_validation() -> tuple[Patch, ...]:
    """Nobody notices that the gates' time is up."""
    real = Stitcher._step

    def step(self: Any, job: Job) -> Job | None:
        return None if job.phase is Phase.VALIDATION else real(self, job)

    return ((Stitcher, "_step", step),)


@mutant
def sweep_takes_the_message_for_done() -> tuple[Patch, ...]:
    """A job that was woken once is not looked for again."""
    return ((sweep, "LOOK_AGAIN", timedelta(days=36_500)),)


@mutant
def lost_callback_is_not_asked_after() -> tuple[Patch, ...]:
    """A run of which nothing is heard is left alone."""
    return ((Follow, "follow", lambda _self, _job, _now: None),)


@mutant
def cancel_stops_the_run_first() -> tuple[Patch, ...]:
    """The gateway's run is removed while the job still counts as running."""
    gateways: list[Any] = []
    start, real = Stitcher.__init__, Control.cancel

    def remember(self: Any, *args: Any, **kwargs: Any) -> None:
        start(self, *args, **kwargs)
        gateways.append(self._gateway)

    def cancel(self: Any, workspace_id: str, job_id: str, *rest: Any) -> Job:
        job = self._jobs.get(workspace_id, job_id)
        if job and job.dispatch and job.dispatch.declaration_id:
            gateways[-1].remove(job.dispatch.declaration_id)
        return real(self, workspace_id, job_id, *rest)

    return ((Stitcher, "__init__", remember), (Control, "cancel", cancel))


@mutant
def cleanup_gives_up() -> tuple[Patch, ...]:
    """A gateway that cannot be reached is not asked again to stop a run."""

    def not_now(self: Any, job: Job, _now: datetime, _reason: str) -> None:
        self._settle(job)

    return ((Cleanup, "_not_now", not_now),)


@mutant
def event_id_from_a_clock() -> tuple[Patch, ...]:
    """An event that is derived again is another one."""
    real = deriving._event

    def event(job: Job, index: int, fact: Any) -> Any:
        return real(job, index, fact).model_copy(update={"id": f"{job.id}-{datetime.now(UTC).timestamp()}"})

    return ((deriving, "_event", event),)


@mutant
def batch_goes_on_after_a_failure() -> tuple[Patch, ...]:
    """Records behind the one that failed are recorded before it."""

    def take(self: Any, records: Any) -> str | None:
        failed = []
        for entry in records:
            try:
                self._record_or_set_aside(entry)
            except Exception:  # noqa: BLE001 - the bug
                failed.append(entry["dynamodb"]["SequenceNumber"])
        return failed[0] if failed else None

    return ((Intake, "take", take),)


@mutant
def acknowledge_before_record() -> tuple[Patch, ...]:
    """A record of the stream that failed is reported as done."""
    real = Intake.take

    def take(self: Any, records: Any) -> None:
        real(self, records)

    return ((Intake, "take", take),)


@mutant
def everybody_has_a_place() -> tuple[Patch, ...]:
    """Whether there is a place is looked up, and the job then goes on without having taken it."""

    def admit(self: Any, job: Job, workspace: Any) -> bool:
        if workspace.max_running is None:
            return True
        known = self._jobs.page(JobQuery(workspace.id, workspace.all_types), 100, None)
        going = [other for other in known if other.id != job.id and other.status is JobStatus.RUNNING]
        return len(going) < int(workspace.max_running)

    return ((Turnstile, "admit", admit),)
