"""The observed history of a run, apart from the product's own records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mosaic.events.derive import derive
from mosaic.jobs.model import Job
from mosaic.openclaw.model import RunRequest
from mosaic.services.notify_issue import job_comment
from tests.simulation.checkers.log_model import LogModel
from tests.simulation.checkers.standing_approvals import GivenApproval
from tests.simulation.simulator.issued_tokens import IssuedTokens

JobKey = tuple[str, str]
Json = Mapping[str, Any]


@dataclass(frozen=True)
class GateReport:
    """A report of a gate, with the role of its reporter."""

    gate: str
    status: str
    role: str
    commit: str | None


@dataclass(frozen=True)
class ForgeCheck:
    """A forge's result of one check on one commit. A later result has a greater sequence."""

    gate: str
    commit: str
    state: str
    sequence: tuple[int, int]
    at: datetime


@dataclass(frozen=True)
class DeliveredCheck:
    """A result of a check whose delivery was answered, with the time of the answer."""

    sequence: tuple[int, int]
    state: str
    at: float


@dataclass(frozen=True)
class IssueCommand:
    """A command in a comment: its author, the code that it names, and the time of the comment."""

    verb: str
    author: str
    issue: int
    at: float
    code: str | None = None


@dataclass
class ObservedJob:
    """All observations of one job.

    By attempt: `dispatched_runs` that the gateway accepted, `completed_runs` that ended well, `tokens_used`,
    and the pushes and checks that the product acknowledged. `self_reported` are attempts whose runs reported
    that they were done. `branch_commits` are all that were pushed to the job's branch, and `fork_commits` those
    of forks whose branch has its name. `delivered_pushes` have the time of each push
    whose delivery was answered. `authors` are the logins that wrote the request and its issue, the
    requester first, and `retriers` those that retried it. `able_since` is the time since when the job could
    take each command. `log` is the expected event log with its progress. `comments_created` counts comments,
    `comment` is the current text, and `shown_version` the index of the earliest version that has this text.
    """

    key: JobKey
    versions: list[Job] = field(default_factory=list)
    is_promised: bool = False
    gate_reports: list[GateReport] = field(default_factory=list)
    dispatched_runs: dict[int, list[Json]] = field(default_factory=lambda: defaultdict(list))
    completed_runs: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    log: LogModel = field(default_factory=LogModel)
    self_reported: set[int] = field(default_factory=set)
    enqueued_before_stored: bool = False
    gateway_lost_data: bool = False
    called_back: set[int] = field(default_factory=set)
    gateway_interrupted: bool = False
    is_authorized: bool = True
    standing_capabilities: frozenset[str] = frozenset()
    tokens_used: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    pushed_commits: list[str] = field(default_factory=list)
    acknowledged_pushes: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    branch_commits: list[str] = field(default_factory=list)
    fork_commits: set[str] = field(default_factory=set)
    authors: tuple[str, ...] = ()
    is_of_moved_issue: bool = False
    retriers: tuple[str, ...] = ()
    able_since: dict[str, float] = field(default_factory=dict)
    granted_capabilities: frozenset[str] = frozenset()
    checks: dict[str, ForgeCheck] = field(default_factory=dict)
    acknowledged_checks: dict[tuple[int, str, str], set[tuple[int, int]]] = field(
        default_factory=lambda: defaultdict(set)
    )
    delivered_checks: dict[tuple[str, str], list[DeliveredCheck]] = field(
        default_factory=lambda: defaultdict(list)
    )
    delivered_pushes: dict[str, float] = field(default_factory=dict)
    running_since: float = 0.0
    commit_since: float = 0.0
    comments_created: int = 0
    comment: str | None = None
    comment_deleted: bool = False
    shown_version: int = 0
    comment_is_stale: bool = False

    @property
    def short_id(self) -> str:
        """The end of the job's id, for messages."""
        return self.key[1][-2:]

    @property
    def now(self) -> Job:
        """The last saved version."""
        return self.versions[-1]

    @property
    def before(self) -> Job | None:
        """The version before the last one."""
        return self.versions[-2] if len(self.versions) > 1 else None


class History:
    """All observations: saved versions, runs, events, comments, and responses."""

    def __init__(self) -> None:
        self.observed_jobs: dict[str, ObservedJob] = {}
        self.responses: list[str] = []
        self.jobs_by_request: dict[str, set[str]] = defaultdict(set)
        self.tokens = IssuedTokens()
        self.given_approvals: list[GivenApproval] = []
        self.last_request_at: dict[tuple[str, str], float] = {}
        self.issue_authors: dict[str, tuple[str, ...]] = {}
        self.moved_issues: set[str] = set()
        self.commands: list[IssueCommand] = []
        self._branch_commits: dict[str, list[str]] = defaultdict(list)
        self.delivered_pushes: dict[str, dict[str, float]] = defaultdict(dict)
        self.now: Callable[[], float] = lambda: 0.0
        self._dispatched_count = 0

    def branch_commits(self, branch: str) -> list[str]:
        """Returns the list of all commits that were pushed to this branch, which grows with each push."""
        return self._branch_commits[branch]

    def job(self, workspace_id: str, job_id: str) -> ObservedJob:
        """Returns the observations of this job."""
        if job_id not in self.observed_jobs:
            self.observed_jobs[job_id] = ObservedJob((workspace_id, job_id))
        return self.observed_jobs[job_id]

    def saved(self, old: Job | None, new: Job) -> ObservedJob:
        """Adds a saved version."""
        observed = self.job(new.workspace_id, new.id)
        observed.versions.append(new)
        observed.branch_commits = self.branch_commits(new.push_branch)
        observed.delivered_pushes = self.delivered_pushes[new.push_branch]
        if old and old.commit_sha != new.commit_sha:
            observed.commit_since = self.now()
        observed.authors = self.issue_authors.get(new.source.url or "", ())
        observed.is_of_moved_issue = new.source.url in self.moved_issues
        if old and new.attempt > old.attempt and new.change.actor.startswith("github:"):
            observed.retriers += (new.change.actor.removeprefix("github:"),)
        observed.log.expect(derive(old, new))
        if old is None:
            self.jobs_by_request[new.agent_task_id or new.source.url or new.id].add(new.id)
        return observed

    def enqueued(self, workspace_id: str, job_id: str) -> ObservedJob:
        """Notes whether a job was enqueued before it was stored."""
        observed = self.job(workspace_id, job_id)
        observed.enqueued_before_stored = observed.enqueued_before_stored or not observed.versions
        return observed

    def new_runs(self, dispatched_runs: list[Json]) -> Iterator[ObservedJob]:
        """Adds the runs that the gateway accepted since the last call, and yields their jobs."""
        while self._dispatched_count < len(dispatched_runs):
            request = dispatched_runs[self._dispatched_count]
            self._dispatched_count += 1
            observed, attempt = self._find(request["declarationKey"])
            observed.dispatched_runs[attempt].append(request)
            yield observed

    def hook_run_started(self, request: RunRequest, tools: tuple[str, ...]) -> ObservedJob:
        """Adds a run that the gateway started by its hooks, with the tools of its agent."""
        observed, attempt = self._find(request.key)
        observed.dispatched_runs[attempt].append({"payload": {"toolsAllow": tools}})
        return observed

    def commented(self, job_id: str, body: str, *, is_new: bool) -> ObservedJob:
        """Adds a comment about a job that was created or updated."""
        observed = self.job("demo", job_id)
        observed.comments_created += is_new
        observed.comment = body
        candidates = range(observed.shown_version, len(observed.versions))
        match = next((index for index in candidates if job_comment(observed.versions[index]) == body), None)
        observed.comment_is_stale = observed.comment_is_stale or match is None
        observed.shown_version = observed.shown_version if match is None else match
        return observed

    def called_back(self, body: Json) -> ObservedJob:
        """Adds the gateway's callback for a run that ended."""
        observed, attempt = self._find(body["job"]["declarationKey"])
        observed.called_back.add(attempt)
        observed.tokens_used[attempt] = body.get("usage", {}).get("total_tokens", 0)
        if body["status"] == "ok":
            observed.completed_runs[attempt].add(body["sessionId"])
        return observed

    def gateway_interrupted(self) -> None:
        """Notes a killed gateway or a run that an operator stopped: a run may have ended without a callback."""
        for observed in self.observed_jobs.values():
            observed.gateway_interrupted = True

    def gateway_lost_data(self) -> None:
        """Notes that the gateway has lost its disk: it may accept the same run again."""
        for observed in self.observed_jobs.values():
            observed.gateway_lost_data = True
            observed.dispatched_runs.clear()

    def _find(self, declaration_key: str) -> tuple[ObservedJob, int]:
        _, job_id, attempt = declaration_key.split(":")[:3]
        return self.observed_jobs[job_id], int(attempt)
