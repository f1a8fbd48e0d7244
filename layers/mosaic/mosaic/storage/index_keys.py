"""The keys of the job table's indexes. Pure."""

from __future__ import annotations

from mosaic.jobs.states import JobStatus, Phase, Waiting


def issue_key(workspace_id: str, provider: str, repository: str, number: int) -> str:
    """The key under which the jobs of an issue are found; forges do not tell repositories apart by case."""
    return f"{workspace_id}#{provider}#{repository.lower()}#{number}"


def waiting_key(workspace_id: str, why: Waiting | Phase) -> str:
    """The key under which the jobs of a workspace that wait for this are found; VALIDATION: for reports of gates."""
    return f"{workspace_id}#{why}"


def status_key(workspace_id: str, status: JobStatus, type: str) -> str:
    """The key under which the jobs of a workspace of this status and type are found."""
    return f"{workspace_id}#{status}#{type}"


def agent_task_key(workspace_id: str, agent_task_id: str) -> str:
    """The key under which the jobs of a workspace with this task id of the caller's are found."""
    return f"{workspace_id}#{agent_task_id}"


def repository_key(workspace_id: str, repository: str) -> str:
    """The key under which the jobs of a repository are found; forges do not tell repositories apart by case."""
    return f"{workspace_id}#{repository.lower()}"


def actor_key(workspace_id: str, actor: str) -> str:
    """The key under which the jobs that an actor asked for are found; forges do not tell people apart by case."""
    return f"{workspace_id}#{actor.lower()}"


def update_key(workspace_id: str, node: int) -> str:
    """The key under which the jobs of a node of `mosaic.storage.update_tree` are found."""
    return f"{workspace_id}#{node:x}"


def updated_bucket(updated: str) -> int:
    """The bucket of a job's latest change, from its range key in `by_update`."""
    return int(updated.rpartition("#")[2], 16)


def commit_key(workspace_id: str, sha: str) -> str:
    """The key under which the jobs of a workspace that are judged by this commit are found."""
    return f"{workspace_id}#{sha}"
