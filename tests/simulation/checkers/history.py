"""What was seen to happen, gathered beside the product's own records, for the invariants to be judged by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mosaic.events.derive import derive
from mosaic.forge.comment import comment
from mosaic.jobs.model import Job
from mosaic.openclaw.model import RunRequest
from tests.simulation.checkers.log_model import LogModel
from tests.simulation.checkers.standing_approvals import GivenApproval
from tests.simulation.simulator.issued_tokens import IssuedTokens

Key = tuple[str, str]
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """That a person or program reported a gate of a job, and in what role."""

    gate: str
    status: str
    role: str
    commit: str | None


@dataclass(frozen=True)
class Check:
    """What a forge said of one check on one commit, and when; of two the later has the greater place."""

    gate: str
    commit: str
    state: str
    place: tuple[int, int]
    at: datetime


@dataclass
class ObservedJob:
    """All that was seen of one job.

    `created` are the runs that the gateway took on, `ended` how many runs ended well, both by attempt; `log` is what
    the versions stand for, and how much of it is there; `finished` are the attempts whose runs have said so themselves;
    `comments` is how many were written of it, `comment` the last text of one, and `shown` the index of the earliest
    version that this can show.
    """

    key: Key
    versions: list[Job] = field(default_factory=list)
    promised: bool = False
    told: list[Told] = field(default_factory=list)
    created: dict[int, list[Json]] = field(default_factory=lambda: defaultdict(list))
    ended: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    log: LogModel = field(default_factory=LogModel)
    finished: set[int] = field(default_factory=set)
    phantom: bool = False
    forgotten: bool = False
    answered: set[int] = field(default_factory=set)
    interrupted: bool = False
    let_in: bool = True
    stood: frozenset[str] = frozenset()
    used: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    branch: list[str] = field(default_factory=list)
    pushed: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    checks: dict[str, Check] = field(default_factory=dict)
    heard: dict[tuple[int, str, str], set[tuple[int, int]]] = field(default_factory=lambda: defaultdict(set))
    comments: int = 0
    comment: str | None = None
    deleted: bool = False
    shown: int = 0
    stale: bool = False

    @property
    def now(self) -> Job:
        """The job as it was last saved."""
        return self.versions[-1]

    @property
    def before(self) -> Job | None:
        """The job as it was saved before that."""
        return self.versions[-2] if len(self.versions) > 1 else None


class History:
    """Sees every version that is saved, every run that the gateway takes on or ends, every event that is appended, and
    what was said to whom.
    """

    def __init__(self) -> None:
        self.observed_jobs: dict[str, ObservedJob] = {}
        self.answers: list[str] = []
        self.same: dict[str, set[str]] = defaultdict(set)
        self.keys = IssuedTokens()
        self.given: list[GivenApproval] = []
        self.came_in: dict[tuple[str, str], float] = {}
        self._created = 0

    def job(self, workspace_id: str, job_id: str) -> ObservedJob:
        """What was seen of this job so far."""
        if job_id not in self.observed_jobs:
            self.observed_jobs[job_id] = ObservedJob((workspace_id, job_id))
        return self.observed_jobs[job_id]

    def saved(self, old: Job | None, new: Job) -> ObservedJob:
        """A version was saved."""
        observed = self.job(new.workspace_id, new.id)
        observed.versions.append(new)
        observed.log.should_say(derive(old, new))
        if old is None:
            self.same[new.agent_task_id or new.source.url or new.id].add(new.id)
        return observed

    def sent(self, workspace_id: str, job_id: str) -> ObservedJob:
        """Somebody asked for work on a job."""
        observed = self.job(workspace_id, job_id)
        observed.phantom = observed.phantom or not observed.versions
        return observed

    def took_on(self, created: list[Json]) -> Iterator[ObservedJob]:
        """The cases of the runs that the gateway has taken on since this was last asked."""
        while self._created < len(created):
            asked = created[self._created]
            self._created += 1
            observed, attempt = self._of(asked["declarationKey"])
            observed.created[attempt].append(asked)
            yield observed

    def begun(self, request: RunRequest, tools: tuple[str, ...]) -> ObservedJob:
        """The gateway has begun a run over its hooks, of an agent that may use these tools."""
        observed, attempt = self._of(request.key)
        observed.created[attempt].append({"payload": {"toolsAllow": tools}})
        return observed

    def commented(self, job_id: str, body: str, *, is_new: bool) -> ObservedJob:
        """The bot has written a comment about a job, or has changed it."""
        observed = self.job("demo", job_id)
        observed.comments += is_new
        observed.comment = body
        there = range(observed.shown, len(observed.versions))
        shows = next((index for index in there if comment(observed.versions[index]) == body), None)
        observed.stale = observed.stale or shows is None
        observed.shown = observed.shown if shows is None else shows
        return observed

    def called_back(self, body: Json) -> ObservedJob:
        """A run has ended, and the gateway says so."""
        observed, attempt = self._of(body["job"]["declarationKey"])
        observed.answered.add(attempt)
        observed.used[attempt] = body.get("usage", {}).get("total_tokens", 0)
        if body["status"] == "ok":
            observed.ended[attempt].add(body["sessionId"])
        return observed

    def interrupted(self) -> None:
        """The gateway was killed, or somebody stopped a turn there, and a run may have ended without a word."""
        for observed in self.observed_jobs.values():
            observed.interrupted = True

    def forgot(self) -> None:
        """The gateway is back without its disk: to it, whatever it had taken on is new."""
        for observed in self.observed_jobs.values():
            observed.forgotten = True
            observed.created.clear()

    def _of(self, declaration_key: str) -> tuple[ObservedJob, int]:
        _, job_id, attempt = declaration_key.split(":")[:3]
        return self.observed_jobs[job_id], int(attempt)
