"""The item of a job in DynamoDB, and its indexes. Private to `mosaic.storage.jobs`."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from pydantic import TypeAdapter
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection
from pynamodb.models import Model

from mosaic.base import rfc3339
from mosaic.jobs.actors import FORGES
from mosaic.jobs.approval import named_branch
from mosaic.jobs.limits import DUE_SHARDS
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Phase
from mosaic.jobs.usage import Usage, usage_by_day
from mosaic.storage.index_keys import (
    actor_key,
    agent_task_key,
    branch_key,
    commit_key,
    forge_issue_key,
    issue_key,
    repository_key,
    status_key,
    update_key,
    waiting_key,
)
from mosaic.storage.update_tree import bucket_of, node_of

USAGE_BY_DAY = TypeAdapter(dict[str, Usage])
"""The attribute `usage`: a job's usage by day."""


class ByStatus(GlobalSecondaryIndex["JobItem"]):
    """Jobs of a workspace by status and type, sorted by id."""

    class Meta:
        """The name and projection of the index, as in the template."""

        index_name = "by_status"
        projection = KeysOnlyProjection()

    status_key = UnicodeAttribute(hash_key=True)
    job_id = UnicodeAttribute(range_key=True)


class ByAgentTask(GlobalSecondaryIndex["JobItem"]):
    """Jobs of a workspace by the caller's own task id."""

    class Meta:
        """The name and projection of the index, as in the template."""

        index_name = "by_agent_task"
        projection = KeysOnlyProjection()

    agent_task_key = UnicodeAttribute(hash_key=True)
    job_id = UnicodeAttribute(range_key=True)


class ByIssue(GlobalSecondaryIndex["JobItem"]):
    """Jobs of a workspace by issue."""

    class Meta:
        """The name and projection of the index, as in the template."""

        index_name = "by_issue"
        projection = KeysOnlyProjection()

    issue_key = UnicodeAttribute(hash_key=True)
    job_id = UnicodeAttribute(range_key=True)


class ByForgeIssue(GlobalSecondaryIndex["JobItem"]):
    """Jobs of a workspace by issue, with the forge's id of the repository in place of its name."""

    class Meta:
        """The name and projection of the index, as in the template."""

        index_name = "by_forge_issue"
        projection = KeysOnlyProjection()

    forge_issue_key = UnicodeAttribute(hash_key=True)
    job_id = UnicodeAttribute(range_key=True)


class ByWaiting(GlobalSecondaryIndex["JobItem"]):
    """The wait queues of a workspace, sorted by queue position."""

    class Meta:
        """The name and projection of the index, as in the template."""

        index_name = "by_waiting"
        projection = KeysOnlyProjection()

    waiting_key = UnicodeAttribute(hash_key=True)
    queue_position = UnicodeAttribute(range_key=True)


class ByCommit(GlobalSecondaryIndex["JobItem"]):
    """Jobs of a workspace by the commit that they are validated against."""

    class Meta:
        """The name and projection of the index, as in the template."""

        index_name = "by_commit"
        projection = KeysOnlyProjection()

    commit_key = UnicodeAttribute(hash_key=True)
    job_id = UnicodeAttribute(range_key=True)


class ByBranch(GlobalSecondaryIndex["JobItem"]):
    """RUNNING jobs of a workspace by repository and branch, without those whose branch has their id."""

    class Meta:
        """The name and projection of the index, as in the template."""

        index_name = "by_branch"
        projection = KeysOnlyProjection()

    branch_key = UnicodeAttribute(hash_key=True)
    job_id = UnicodeAttribute(range_key=True)


class ByUsage(GlobalSecondaryIndex["JobItem"]):
    """Jobs of a workspace that had runs, by the day of the latest run, with their usage by day."""

    class Meta:
        """The name and projection of the index, as in the template."""

        index_name = "by_usage"
        projection = IncludeProjection(["usage"])

    usage_workspace_id = UnicodeAttribute(hash_key=True)
    usage_day = UnicodeAttribute(range_key=True)
    usage = UnicodeAttribute()


class ByRepository(GlobalSecondaryIndex["JobItem"]):
    """Jobs of a workspace by repository."""

    class Meta:
        """The name and projection of the index, as in the template."""

        index_name = "by_repository"
        projection = KeysOnlyProjection()

    repository_key = UnicodeAttribute(hash_key=True)
    job_id = UnicodeAttribute(range_key=True)


class ByActor(GlobalSecondaryIndex["JobItem"]):
    """Jobs of a workspace by the actor that requested them."""

    class Meta:
        """The name and projection of the index, as in the template."""

        index_name = "by_actor"
        projection = KeysOnlyProjection()

    actor_key = UnicodeAttribute(hash_key=True)
    job_id = UnicodeAttribute(range_key=True)


class ByUpdate(GlobalSecondaryIndex["JobItem"]):
    """Jobs of a workspace that changed some minutes after their creation, by node
    (`mosaic.storage.update_tree`).
    """

    class Meta:
        """The name and projection of the index, as in the template."""

        index_name = "by_update"
        projection = KeysOnlyProjection()

    update_key = UnicodeAttribute(hash_key=True)
    updated = UnicodeAttribute(range_key=True)


class Due(GlobalSecondaryIndex["JobItem"]):
    """Jobs by due time, in shards."""

    class Meta:
        """The name and projection of the index, as in the template."""

        index_name = "due"
        projection = KeysOnlyProjection()

    due_shard = NumberAttribute(hash_key=True)
    due_at = UnicodeAttribute(range_key=True)


class JobItem(Model):
    """The item of a job: the keys of the table and its indexes, and the whole job as JSON."""

    class Meta:
        """The table is bound by `mosaic.storage.dynamodb.bind`."""

        table_name = "jobs"

    workspace_id = UnicodeAttribute(hash_key=True)
    job_id = UnicodeAttribute(range_key=True)
    version = NumberAttribute()
    job = UnicodeAttribute()
    status_key = UnicodeAttribute()
    agent_task_key = UnicodeAttribute(null=True)
    issue_key = UnicodeAttribute(null=True)
    forge_issue_key = UnicodeAttribute(null=True)
    waiting_key = UnicodeAttribute(null=True)
    queue_position = UnicodeAttribute(null=True)
    commit_key = UnicodeAttribute(null=True)
    branch_key = UnicodeAttribute(null=True)
    usage_workspace_id = UnicodeAttribute(null=True)
    usage_day = UnicodeAttribute(null=True)
    usage = UnicodeAttribute(null=True)
    repository_key = UnicodeAttribute(null=True)
    actor_key = UnicodeAttribute(null=True)
    update_key = UnicodeAttribute(null=True)
    updated = UnicodeAttribute(null=True)
    due_shard = NumberAttribute(null=True)
    due_at = UnicodeAttribute(null=True)
    by_status = ByStatus()
    by_agent_task = ByAgentTask()
    by_issue = ByIssue()
    by_forge_issue = ByForgeIssue()
    by_waiting = ByWaiting()
    by_commit = ByCommit()
    by_branch = ByBranch()
    by_usage = ByUsage()
    by_repository = ByRepository()
    by_actor = ByActor()
    by_update = ByUpdate()
    due = Due()


def document(job: Job) -> str:
    """Returns the job as JSON, the attribute `job`."""
    return job.model_dump_json(by_alias=True, exclude_none=True)


def due_shard(job_id: str) -> int:
    """Returns the shard of the due index for this job."""
    return crc32(job_id.encode()) % DUE_SHARDS


def attributes(job: Job) -> dict[str, Any]:
    """Returns all attributes of the job's item. The keys of an index are set only if the index holds the job."""
    return {
        "workspace_id": job.workspace_id,
        "job_id": job.id,
        "version": job.version,
        "job": document(job),
        "due_shard": due_shard(job.id) if job.due_at else None,
        "due_at": rfc3339(job.due_at) if job.due_at else None,
        **_fixed_keys(job),
        **_changing_keys(job),
        **_update_keys(job),
        **_usage_keys(job),
    }


def _fixed_keys(job: Job) -> dict[str, str | None]:
    """Returns the keys that never change."""
    workspace, repository, number = job.workspace_id, job.repository, job.issue_number
    issue = issue_key(workspace, job.source.kind, repository, number) if repository and number else None
    return {
        "agent_task_key": agent_task_key(workspace, job.agent_task_id) if job.agent_task_id else None,
        "issue_key": issue,
        "forge_issue_key": _forge_issue_key(job),
        "repository_key": repository_key(workspace, repository) if repository else None,
        "actor_key": actor_key(workspace, job.source.actor),
    }


def _forge_issue_key(job: Job) -> str | None:
    """Returns the key of a job that was requested on a forge. Comments reach no other jobs."""
    if job.repository_id is None or not job.issue_number or job.source.kind not in FORGES:
        return None
    return forge_issue_key(job.workspace_id, job.repository_id, job.issue_number)


def _changing_keys(job: Job) -> dict[str, str | None]:
    why = job.waiting or (Phase.VALIDATION if job.phase is Phase.VALIDATION else None)
    return {
        "status_key": status_key(job.workspace_id, job.status, job.type),
        "waiting_key": waiting_key(job.workspace_id, why) if why else None,
        "queue_position": job.queue_position if why else None,
        "commit_key": commit_key(job.workspace_id, job.commit_sha) if job.commit_sha else None,
        "branch_key": _branch_key(job),
    }


def _branch_key(job: Job) -> str | None:
    """Returns the key of a RUNNING job whose branch was requested; a job's own branch names the job."""
    branch = named_branch(job)
    if job.status is not JobStatus.RUNNING or not job.repository or not branch:
        return None
    return branch_key(job.workspace_id, job.repository_id or job.repository, branch)


def _update_keys(job: Job) -> dict[str, str | None]:
    node = node_of(job.id, job.updated_at)
    if node is None:
        return {"update_key": None, "updated": None}
    updated = f"{job.id}#{bucket_of(job.updated_at):x}"
    return {"update_key": update_key(job.workspace_id, node), "updated": updated}


def _usage_keys(job: Job) -> dict[str, str | None]:
    days = usage_by_day(job.steps)
    return {
        "usage_workspace_id": job.workspace_id if days else None,
        "usage_day": max(days) if days else None,
        "usage": USAGE_BY_DAY.dump_json(days, by_alias=True).decode() if days else None,
    }
