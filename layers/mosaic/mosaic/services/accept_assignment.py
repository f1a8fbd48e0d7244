"""Accept an assignment on a forge that does not say who was assigned.

Gitea and Forgejo send all assignees of the issue whenever one is added. So the assignment of a second person looks
like the bot's own, which it must not repeat.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from mosaic.access.model import Workspace
from mosaic.forge.intent import JobRequested
from mosaic.jobs.lifecycle import ENDED
from mosaic.jobs.model import Draft, Job
from mosaic.services.accept_job import Accepted, ClaimKey, JobAcceptance
from mosaic.storage.claims import Claim, Claims
from mosaic.storage.index_keys import IssueRef
from mosaic.storage.jobs import Jobs

# The jobs of an issue among which the newest one of an assignment is looked for.
MAX_JOBS = 50


class AssignmentAcceptance:
    """Accepts assignments, one job for each assignment of the bot."""

    def __init__(
        self, jobs: Jobs, claims: Claims, acceptance: JobAcceptance, clock: Callable[[], datetime]
    ) -> None:
        self._jobs = jobs
        self._claims = claims
        self._acceptance = acceptance
        self._clock = clock

    def accept(self, request: JobRequested, draft: Draft, workspace: Workspace) -> Accepted:
        """Returns the job of the assignment, or the earlier job that it repeats.

        It repeats an open job of an assignment. It repeats an ended one, too, if the issue has further
        assignees: then the bot may have been assigned all along. The first assignment of an issue has a claim of
        its own, because the index lists a job only some time later. Raises as `JobAcceptance.accept`.
        """
        earlier = self._earlier(workspace.id, request)
        if earlier and (earlier.status not in ENDED or request.other_assignees):
            return Accepted(earlier, duplicate=True)
        delivered = f"webhook#{request.claim}"
        if earlier:
            return self._acceptance.accept(draft, ClaimKey(delivered, ""), workspace)
        first = ClaimKey(f"webhook#{request.first_claim}", "")
        accepted = self._acceptance.accept(draft, first, workspace)
        self._claims.take(
            Claim(workspace_id=workspace.id, key=delivered, fingerprint="", job_id=accepted.job.id),
            self._clock(),
        )
        return accepted

    def _earlier(self, workspace_id: str, request: JobRequested) -> Job | None:
        """Returns the newest job of an assignment of the issue."""
        jobs = self._jobs.of_issue(workspace_id, IssueRef.of(request), MAX_JOBS)
        return next((job for job in jobs if job.source.trigger == "assigned"), None)
