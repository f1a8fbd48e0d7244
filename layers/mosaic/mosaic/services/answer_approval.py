"""Answer an approval request: approve or deny a waiting job, and keep a standing approval for later jobs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import filterfalse

from mosaic.access.errors import StaleAccess
from mosaic.access.standing_approvals import add_standing, excluded_approvers, restore_standing
from mosaic.jobs import approval
from mosaic.jobs.actors import same_actor
from mosaic.jobs.approval import Answer
from mosaic.jobs.errors import JobProblem
from mosaic.jobs.model import Job
from mosaic.jobs.value_objects import StandingApproval
from mosaic.services.agent_message import text_hash
from mosaic.services.change_job import TRIES, change_and_enqueue
from mosaic.services.configure_workspace import configure, current_workspace
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.storage.access import Access
from mosaic.storage.jobs import Jobs

StandingApprovals = tuple[StandingApproval, ...]


class ApprovalAnswers:
    """Applies answers to jobs that wait for approval."""

    def __init__(
        self, jobs: Jobs, access: Access, enqueuer: JobEnqueuer, clock: Callable[[], datetime]
    ) -> None:
        self._jobs = jobs
        self._access = access
        self._enqueuer = enqueuer
        self._clock = clock

    def answer(self, workspace_id: str, job_id: str, answer: Answer) -> tuple[Job, bool]:
        """Returns the job after the answer, and whether the answer changed it; a repeated answer changes nothing.

        Standing approvals are saved before the job, so that a crash in between loses nothing. They are withdrawn
        when the job has moved on meanwhile, also when the same answer was given before. Raises JobNotFound,
        TooManyApprovals, StaleAccess, StaleJob, and the errors of `mosaic.jobs.approval.answer`.
        """
        now = self._clock()
        replaced: list[StandingApproval] = []
        try:
            return change_and_enqueue(
                self._jobs,
                self._enqueuer,
                workspace_id,
                job_id,
                now,
                lambda job: self._answered(job, answer, now, replaced),
            )
        except JobProblem:
            if answer.until:
                self._change_standing(
                    workspace_id,
                    lambda known: restore_standing(known, _given_by(answer, job_id), replaced),
                )
            raise

    def _answered(self, job: Job, answer: Answer, now: datetime, replaced: list[StandingApproval]) -> Job:
        """Returns the answered job; adds to `replaced` the standing approvals from before the answer."""
        workspace = current_workspace(self._access, job.workspace_id)
        answered = approval.answer(
            job,
            answer,
            now,
            excluded_approvers=excluded_approvers(job, workspace),
            text_hash=text_hash(job),
        )
        given = approval.standing_approvals(answered) if answered is not job else ()
        if given:
            before = self._change_standing(workspace.id, lambda known: add_standing(known, given, now))
            replaced += filterfalse(_given_by(answer, job.id), before)
        return answered

    def _change_standing(
        self, workspace_id: str, change: Callable[[StandingApprovals], StandingApprovals]
    ) -> StandingApprovals:
        """Changes the workspace's standing approvals; returns those from before the change."""
        for _ in range(TRIES):
            known = current_workspace(self._access, workspace_id)
            changed = change(known.standing_approvals)
            try:
                configure(
                    self._access,
                    known,
                    known.version,
                    known.model_copy(update={"standing_approvals": changed}),
                )
            except StaleAccess:
                continue
            return known.standing_approvals
        raise StaleAccess("the workspace is being changed by others; try again")


def _given_by(answer: Answer, job_id: str) -> Callable[[StandingApproval], bool]:
    """Returns a filter for the standing approvals that this answer to the job gives, now or earlier."""
    return lambda standing: (
        (standing.job_id, standing.until) == (job_id, answer.until)
        and same_actor(standing.approved_by, answer.actor)
    )
