"""Dispatch a run: send the job's stored dispatch intent to the gateway, and save how the gateway answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from mosaic.jobs import attempt, fire_and_forget
from mosaic.jobs.errors import StaleJob
from mosaic.jobs.model import Job
from mosaic.openclaw.circuit import asked_to_wait, is_failure
from mosaic.openclaw.errors import (
    ClockAhead,
    GatewayError,
    GatewayUnauthorized,
    GatewayUnavailable,
    ScheduleInPast,
)
from mosaic.openclaw.model import RunGateway
from mosaic.services import dispatch_intent
from mosaic.services.admit_job import AdmissionControl
from mosaic.services.configure_workspace import current_workspace
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.services.hooks_transport import FireAndForgetTransport
from mosaic.storage.access import Access
from mosaic.storage.jobs import Jobs

ACTOR = "stitcher"
# A gateway that has been busy for this long counts as failing.
MAX_BUSY = timedelta(hours=24)


class RunDispatcher:
    """Calls the gateway for a job whose dispatch intent is stored. Repeating a call starts no second run."""

    def __init__(
        self,
        jobs: Jobs,
        access: Access,
        gateway: RunGateway,
        enqueuer: JobEnqueuer,
        admission: AdmissionControl,
        endpoints: Callable[[Job], dispatch_intent.RunEndpoints],
        clock: Callable[[], datetime],
        hooks: FireAndForgetTransport | None = None,
    ) -> None:
        self._jobs = jobs
        self._access = access
        self._gateway = gateway
        self._enqueuer = enqueuer
        self._admission = admission
        self._endpoints = endpoints
        self._clock = clock
        self._hooks = hooks

    def dispatch(self, job: Job, max_tries: int | None = None, *, new: bool = False) -> Job | None:
        """Returns the job's next version after the call, or None when nothing is left to do now.

        `new` means that no earlier call can have sent this intent. `max_tries` defaults to the workspace's setting.
        """
        if self._hooks and fire_and_forget.is_fire_and_forget(job):
            return self._dispatch_by_hook(job, self._hooks, max_tries)
        try:
            accepted = self._gateway.add(dispatch_intent.run_request(job, self._endpoints(job)))
        except ScheduleInPast:
            return self._reschedule(job)
        except GatewayError as error:
            self._save_failure(job, error, max_tries, new=new)
            return None
        self._admission.record_success()
        return self._save_accepted(job, accepted.scheduled_run_id, known_before=not accepted.created)

    def _dispatch_by_hook(
        self, job: Job, transport: FireAndForgetTransport, max_tries: int | None
    ) -> Job | None:
        """Dispatches the job by hook, at most once: a call that may have been accepted counts as accepted."""
        run_id = None
        try:
            run_id = transport.hooks.start(dispatch_intent.run_request(job, self._endpoints(job)))
        except GatewayError as error:
            if not isinstance(error, GatewayUnavailable) or not error.may_have_been_accepted:
                self._save_failure(job, error, max_tries)
                return None
        self._admission.record_success()
        return self._save(fire_and_forget.accepted(job, run_id, self._clock(), ACTOR))

    def _reschedule(self, job: Job) -> Job | None:
        """Looks up a run whose start time is past. Dispatches it with a new time if the gateway never took
        it.
        """
        now = self._clock()
        try:
            known = self._gateway.find(dispatch_intent.run_key(job))
        except GatewayError as error:
            self._save_failure(job, error, None)
            return None
        if known:
            return self._save_accepted(job, known.id, known_before=True)
        late = dispatch_intent.late_tries(job, now)
        if late >= len(dispatch_intent.LEADS):
            self._save_failure(job, ClockAhead(), None)
            return None
        start = dispatch_intent.start_time(now, late)
        return self.dispatch(self._save(attempt.rescheduled(job, start, now, ACTOR, late)), new=True)

    def _save_accepted(self, job: Job, scheduled_run_id: str, *, known_before: bool) -> Job | None:
        now = self._clock()
        try:
            accepted = self._save(attempt.accepted(job, scheduled_run_id, known_before, now, ACTOR))
        except StaleJob:
            # The job may have been cancelled during the call, and then its run must be removed.
            return self._jobs.get(job.workspace_id, job.id)
        if not known_before:
            self._enqueuer.enqueue(accepted, now)
        return accepted

    def _save_failure(
        self, job: Job, error: GatewayError, max_tries: int | None, *, new: bool = False
    ) -> None:
        now, reason = self._clock(), str(error)
        if not is_failure(error):
            self._admission.record_success()
        if not error.retryable and not isinstance(error, GatewayUnauthorized):
            self._save(attempt.refused(job, reason, now, ACTOR))
            return
        wait = asked_to_wait(error)
        tries = max_tries or current_workspace(self._access, job.workspace_id).max_dispatch_tries
        if is_failure(error):
            waiting = self._admission.record_failure(job, reason, tries, now)
        elif wait and now < (job.started_at or now) + MAX_BUSY:
            at = dispatch_intent.start_time(now + wait) if new else None
            waiting = attempt.busy(job, reason, now + wait, at, now, ACTOR)
        else:
            waiting = attempt.unreachable(job, reason, tries, now, ACTOR)
        self._enqueuer.enqueue(self._save(waiting), now)

    def _save(self, job: Job) -> Job:
        self._jobs.save(job)
        return job
