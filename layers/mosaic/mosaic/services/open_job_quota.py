"""Limit the open jobs of an actor and of an issue, for requests on a forge."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aws_lambda_powertools import Logger
from pydantic import ValidationError

from mosaic.access.model import Workspace
from mosaic.jobs.actors import normal_name, split_id
from mosaic.jobs.errors import QuotaReached
from mosaic.jobs.model import Job
from mosaic.jobs.open_jobs import OpenJob, OpenJobs, is_open
from mosaic.storage.coordination import Coordination
from mosaic.storage.index_keys import IssueRef
from mosaic.storage.jobs import Jobs

logger = Logger(child=True)

TRIES = 10


class OpenJobQuota:
    """Counts the open jobs of each actor and of each issue, and refuses further ones.

    One versioned record lists the open jobs of an actor, another those of an issue, and each change is
    conditional on the version before. So concurrent requests cannot exceed a limit together. An ended job is
    removed when a further one needs its room, so no function has to report the end of a job.
    """

    def __init__(self, jobs: Jobs, shared: Coordination, clock: Callable[[], datetime]) -> None:
        self._jobs = jobs
        self._shared = shared
        self._clock = clock

    def take(self, job: Job, workspace: Workspace) -> None:
        """Counts the job for its actor and its issue; a job that is counted stays so. Raises QuotaReached.

        The actor's limit comes first: an actor that has reached it cannot use up an issue's. Guests count
        apart from others, so that they cannot use up the limit of members on an issue.
        """
        self._count(
            job,
            _actor_key(job),
            workspace.max_open_jobs_per_actor,
            f"{normal_name(job.source.actor)} has",
            "maxOpenJobsPerActor",
        )
        if job.repository and job.issue_number:
            self._count(
                job,
                _issue_key(job, job.repository, job.issue_number),
                workspace.max_open_jobs_per_issue,
                "this issue has",
                "maxOpenJobsPerIssue",
            )

    def _count(self, job: Job, key: str, limit: int, subject: str, setting: str) -> None:
        for _ in range(TRIES):
            record = self._shared.read(key)
            known = OpenJobs.model_validate_json(record.text) if record.text else OpenJobs()
            if known.has(job.id):
                return
            known = self._with_room(known, job.workspace_id, limit)
            if len(known.jobs) >= limit:
                raise QuotaReached(subject, limit, setting)
            counted = known.with_(job.id, self._clock())
            if self._shared.write(key, record, counted.model_dump_json(by_alias=True)):
                return
        logger.warning("the open jobs were not counted: too many concurrent requests", job_id=job.id)
        raise QuotaReached(subject, limit, setting)

    def _with_room(self, known: OpenJobs, workspace_id: str, limit: int) -> OpenJobs:
        """Removes jobs that have ended, until one more has room or none of them is left."""
        ended: set[str] = set()
        for counted in known.jobs:
            if len(known.jobs) - len(ended) < limit:
                break
            if not self._is_open(workspace_id, counted):
                ended.add(counted.job_id)
        return known.without(ended)

    def _is_open(self, workspace_id: str, counted: OpenJob) -> bool:
        try:
            return is_open(counted, self._jobs.get(workspace_id, counted.job_id), self._clock())
        except ValidationError:
            # The job cannot be read, so it may be open.
            return True


def _actor_key(job: Job) -> str:
    """An account keeps its record when it is renamed, if the forge gives its id."""
    name, account_id = split_id(job.source.actor)
    account = f"{name.partition(':')[0]}#{account_id}" if account_id is not None else normal_name(name)
    return f"open-jobs#{job.workspace_id}#{account}"


def _issue_key(job: Job, repository: str, number: int) -> str:
    who = "guests" if (job.source.actor_role or job.source.role) == "guest" else "members"
    key = IssueRef(job.source.kind, repository, number, job.repository_id).key(job.workspace_id)
    return f"open-jobs#{key}#{who}"
