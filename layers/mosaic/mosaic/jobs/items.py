"""How a job lies in DynamoDB: the item and its indexes. Private to `mosaic.jobs.store`."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from pydantic import TypeAdapter
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection
from pynamodb.models import Model

from mosaic.base import rfc3339
from mosaic.jobs.limits import DUE_SHARDS
from mosaic.jobs.model import Job
from mosaic.jobs.states import Waiting
from mosaic.jobs.usage import Usage, of_days

USED = TypeAdapter(dict[str, Usage])
"""What a job has used, by day, as its item holds it."""


class ByStatus(GlobalSecondaryIndex["JobItem"]):
    """Jobs of a workspace by status and type, in the order of their ids."""

    class Meta:
        """Named as in the template."""

        index_name = "by_status"
        projection = KeysOnlyProjection()

    status_key = UnicodeAttribute(hash_key=True)
    job_id = UnicodeAttribute(range_key=True)


class ByAgentTask(GlobalSecondaryIndex["JobItem"]):
    """Jobs of a workspace by the caller's own task id."""

    class Meta:
        """Named as in the template."""

        index_name = "by_agent_task"
        projection = KeysOnlyProjection()

    agent_task_key = UnicodeAttribute(hash_key=True)
    job_id = UnicodeAttribute(range_key=True)


class ByIssue(GlobalSecondaryIndex["JobItem"]):
    """Jobs of a workspace by the issue that they came from."""

    class Meta:
        """Named as in the template."""

        index_name = "by_issue"
        projection = KeysOnlyProjection()

    issue_key = UnicodeAttribute(hash_key=True)
    job_id = UnicodeAttribute(range_key=True)


class ByWaiting(GlobalSecondaryIndex["JobItem"]):
    """Jobs of a workspace that wait for one and the same thing, in the order in which they get it."""

    class Meta:
        """Named as in the template."""

        index_name = "by_waiting"
        projection = KeysOnlyProjection()

    waiting_key = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)


class ByCommit(GlobalSecondaryIndex["JobItem"]):
    """Jobs of a workspace by the commit that they are judged by."""

    class Meta:
        """Named as in the template."""

        index_name = "by_commit"
        projection = KeysOnlyProjection()

    commit_key = UnicodeAttribute(hash_key=True)
    job_id = UnicodeAttribute(range_key=True)


class ByUse(GlobalSecondaryIndex["JobItem"]):
    """Jobs of a workspace that have come to run, by the day of the latest run, with what they have used by day."""

    class Meta:
        """Named as in the template."""

        index_name = "by_use"
        projection = IncludeProjection(["used"])

    used_by = UnicodeAttribute(hash_key=True)
    used_on = UnicodeAttribute(range_key=True)
    used = UnicodeAttribute()


class Due(GlobalSecondaryIndex["JobItem"]):
    """Jobs that somebody has to look at, by when."""

    class Meta:
        """Named as in the template."""

        index_name = "due"
        projection = KeysOnlyProjection()

    due_shard = NumberAttribute(hash_key=True)
    due_at = UnicodeAttribute(range_key=True)


class JobItem(Model):
    """A job as DynamoDB holds it: the keys of the table and its indexes beside the whole job as JSON."""

    class Meta:
        """The table is bound by `mosaic.dynamo.bind`."""

        table_name = "jobs"

    workspace_id = UnicodeAttribute(hash_key=True)
    job_id = UnicodeAttribute(range_key=True)
    version = NumberAttribute()
    job = UnicodeAttribute()
    status_key = UnicodeAttribute()
    agent_task_key = UnicodeAttribute(null=True)
    issue_key = UnicodeAttribute(null=True)
    waiting_key = UnicodeAttribute(null=True)
    place = UnicodeAttribute(null=True)
    commit_key = UnicodeAttribute(null=True)
    used_by = UnicodeAttribute(null=True)
    used_on = UnicodeAttribute(null=True)
    used = UnicodeAttribute(null=True)
    due_shard = NumberAttribute(null=True)
    due_at = UnicodeAttribute(null=True)
    by_status = ByStatus()
    by_agent_task = ByAgentTask()
    by_issue = ByIssue()
    by_waiting = ByWaiting()
    by_commit = ByCommit()
    by_use = ByUse()
    due = Due()


def issue_key(workspace_id: str, provider: str, repository: str, number: int) -> str:
    """The key under which the jobs of an issue are found; forges do not tell repositories apart by case."""
    return f"{workspace_id}#{provider}#{repository.lower()}#{number}"


def waiting_key(workspace_id: str, why: Waiting) -> str:
    """The key under which the jobs of a workspace that wait for this are found."""
    return f"{workspace_id}#{why}"


def commit_key(workspace_id: str, sha: str) -> str:
    """The key under which the jobs of a workspace that are judged by this commit are found."""
    return f"{workspace_id}#{sha}"


def document(job: Job) -> str:
    """The job itself as its item holds it, the attribute `job`."""
    return job.model_dump_json(by_alias=True, exclude_none=True)


def due_shard(job_id: str) -> int:
    """The shard of the due index that holds the job whenever it is due."""
    return crc32(job_id.encode()) % DUE_SHARDS


def attributes(job: Job) -> dict[str, Any]:
    """All attributes of the job's item; the indexes' keys are there only where the index should hold the job."""
    issue = job.repository and job.issue_number
    days = of_days(job.steps)
    return {
        "workspace_id": job.workspace_id,
        "job_id": job.id,
        "version": job.version,
        "job": document(job),
        "status_key": f"{job.workspace_id}#{job.status}#{job.type}",
        "agent_task_key": f"{job.workspace_id}#{job.agent_task_id}" if job.agent_task_id else None,
        "issue_key": issue_key(job.workspace_id, job.source.kind, job.repository or "", job.issue_number or 0)
        if issue
        else None,
        "waiting_key": waiting_key(job.workspace_id, job.waiting) if job.waiting else None,
        "place": job.place if job.waiting else None,
        "commit_key": commit_key(job.workspace_id, job.commit_sha) if job.commit_sha else None,
        "used_by": job.workspace_id if days else None,
        "used_on": max(days) if days else None,
        "used": USED.dump_json(days, by_alias=True).decode() if days else None,
        "due_shard": due_shard(job.id) if job.due_at else None,
        "due_at": rfc3339(job.due_at) if job.due_at else None,
    }
