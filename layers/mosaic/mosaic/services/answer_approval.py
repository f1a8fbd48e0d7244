"""Approvals: a named person answers a job that waits, and what they let stand for later jobs is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import filterfalse

from mosaic.access.errors import StaleAccess
from mosaic.access.model import Workspace
from mosaic.access.standing import add_standing, excluded_approvers, restore_standing
from mosaic.jobs import approval
from mosaic.jobs.approval import Answer
from mosaic.jobs.errors import JobProblem
from mosaic.jobs.model import Job
from mosaic.jobs.value_objects import StandingApproval
from mosaic.services.change_job import TRIES, change_and_enqueue
from mosaic.services.configure_workspace import configure
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.storage.access import Access
from mosaic.storage.jobs import Jobs

Standing = tuple[StandingApproval, ...]


class ApprovalAnswers:
    """Takes answers to jobs that wait for approval."""

    def __init__(
        self, jobs: Jobs, access: Access, enqueuer: JobEnqueuer, clock: Callable[[], datetime]
    ) -> None:
        self._jobs = jobs
        self._access = access
        self._enqueuer = enqueuer
        self._clock = clock

    def answer(self, workspace_id: str, job_id: str, said: Answer) -> tuple[Job, bool]:
        """The job after the answer, and whether that is a new version: the same answer again changes nothing.

        What stands for later jobs is written before the job is approved, so that a crash in between loses nothing,
        and withdrawn when the job turns out to have moved on, also where that answer had come before. Raises
        JobNotFound, TooManyApprovals, StaleAccess, StaleJob, and what `mosaic.jobs.approval.answer` raises.
        """
        now = self._clock()
        stood: list[StandingApproval] = []
        try:
            return change_and_enqueue(
                self._jobs,
                self._enqueuer,
                workspace_id,
                job_id,
                now,
                lambda job: self._answered(job, said, now, stood),
            )
        except JobProblem:
            if said.until:
                self._rewrite(
                    workspace_id, lambda known: restore_standing(known, _given_by(said, job_id), stood)
                )
            raise

    def _answered(self, job: Job, said: Answer, now: datetime, stood: list[StandingApproval]) -> Job:
        """The job after the answer; what stood before anything was given for it goes to `stood`."""
        workspace = self._workspace(job.workspace_id)
        answered = approval.answer(job, said, now, excluded_approvers=excluded_approvers(job, workspace))
        given = approval.standing(answered) if answered is not job else ()
        if given:
            before = self._rewrite(workspace.id, lambda known: add_standing(known, given, now))
            stood += filterfalse(_given_by(said, job.id), before)
        return answered

    def _rewrite(self, workspace_id: str, change: Callable[[Standing], Standing]) -> Standing:
        """Change what stands; what stood before."""
        for _ in range(TRIES):
            known = self._workspace(workspace_id)
            stand = change(known.standing_approvals)
            try:
                configure(
                    self._access,
                    known,
                    known.version,
                    known.model_copy(update={"standing_approvals": stand}),
                )
            except StaleAccess:
                continue
            return known.standing_approvals
        raise StaleAccess("the workspace is being changed by others; try again")

    def _workspace(self, workspace_id: str) -> Workspace:
        return self._access.workspace(workspace_id) or Workspace(id=workspace_id)


def _given_by(said: Answer, job_id: str) -> Callable[[StandingApproval], bool]:
    """Whether something stands by this answer to the job, or by the same one before."""
    return lambda one: (one.job_id, one.approved_by, one.until) == (job_id, said.actor, said.until)
