"""The keys of the job table's indexes. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mosaic.jobs.actors import split_id
from mosaic.jobs.states import JobStatus, Phase, Waiting

if TYPE_CHECKING:
    from mosaic.forge.intent import CommandRequested, JobRequested


def issue_key(workspace_id: str, provider: str, repository: str, number: int) -> str:
    """Returns the key of an issue's jobs. Forges ignore case in repository names."""
    return f"{workspace_id}#{provider}#{repository.lower()}#{number}"


def forge_issue_key(workspace_id: str, repository_id: str, number: int) -> str:
    """Returns the key of an issue's jobs by the forge's id of the repository, which no other repository gets."""
    return f"{workspace_id}#{repository_id}#{number}"


@dataclass(frozen=True)
class IssueRef:
    """An issue or a pull request of a repository on a forge.

    With `repository_id`, the forge's id of the repository, the name does not matter.
    """

    provider: str
    repository: str
    number: int
    repository_id: str | None = None

    @classmethod
    def of(cls, request: JobRequested | CommandRequested) -> IssueRef:
        """Returns the issue that the request is about."""
        return cls(request.provider, request.repository, request.issue.number, request.repository_id)

    def key(self, workspace_id: str) -> str:
        """Returns the key of the issue's jobs in the index by the forge's id, or in the one by name without an id."""
        if self.repository_id is None:
            return issue_key(workspace_id, self.provider, self.repository, self.number)
        return forge_issue_key(workspace_id, self.repository_id, self.number)


def waiting_key(workspace_id: str, why: Waiting | Phase) -> str:
    """Returns the key of a workspace's jobs that wait for this; VALIDATION means gate reports."""
    return f"{workspace_id}#{why}"


def status_key(workspace_id: str, status: JobStatus, type: str) -> str:
    """Returns the key of a workspace's jobs with this status and type."""
    return f"{workspace_id}#{status}#{type}"


def agent_task_key(workspace_id: str, agent_task_id: str) -> str:
    """Returns the key of a workspace's jobs with this task id of the caller."""
    return f"{workspace_id}#{agent_task_id}"


def repository_key(workspace_id: str, repository: str) -> str:
    """Returns the key of a repository's jobs. Forges ignore case in repository names."""
    return f"{workspace_id}#{repository.lower()}"


def actor_key(workspace_id: str, actor: str) -> str:
    """Returns the key of the jobs that an actor requested. Forges ignore case in logins."""
    return f"{workspace_id}#{split_id(actor)[0].lower()}"


def update_key(workspace_id: str, node: int) -> str:
    """Returns the key of a node's jobs (`mosaic.storage.update_tree`)."""
    return f"{workspace_id}#{node:x}"


def updated_bucket(updated: str) -> int:
    """Returns the bucket of a job's latest change, from its range key in `by_update`."""
    return int(updated.rpartition("#")[2], 16)


def branch_key(workspace_id: str, repository: str, branch: str) -> str:
    """Returns the key of the RUNNING jobs that work on this branch, unless its name contains their id.

    `repository` is the forge's id of the repository (`github:1234`), or the name for jobs without one.
    """
    return f"{workspace_id}#{repository.lower()}#{branch}"


def commit_key(workspace_id: str, sha: str) -> str:
    """Returns the key of a workspace's jobs that are validated against this commit."""
    return f"{workspace_id}#{sha}"
