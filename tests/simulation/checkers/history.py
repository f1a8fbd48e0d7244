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
from tests.simulation.checkers.log_model import Log
from tests.simulation.checkers.standing_approvals import Given
from tests.simulation.simulator.issued_tokens import Keys

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
class Case:
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
    log: Log = field(default_factory=Log)
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


class Witness:
    """Sees every version that is saved, every run that the gateway takes on or ends, every event that is appended, and
    what was said to whom.
    """

    def __init__(self) -> None:
        self.cases: dict[str, Case] = {}
        self.answers: list[str] = []
        self.same: dict[str, set[str]] = defaultdict(set)
        self.keys = Keys()
        self.given: list[Given] = []
        self.came_in: dict[tuple[str, str], float] = {}
        self._created = 0

    def case(self, workspace_id: str, job_id: str) -> Case:
        """What was seen of this job so far."""
        if job_id not in self.cases:
            self.cases[job_id] = Case((workspace_id, job_id))
        return self.cases[job_id]

    def saved(self, old: Job | None, new: Job) -> Case:
        """A version was saved."""
        case = self.case(new.workspace_id, new.id)
        case.versions.append(new)
        case.log.should_say(derive(old, new))
        if old is None:
            self.same[new.agent_task_id or new.source.url or new.id].add(new.id)
        return case

    def sent(self, workspace_id: str, job_id: str) -> Case:
        """Somebody asked for work on a job."""
        case = self.case(workspace_id, job_id)
        case.phantom = case.phantom or not case.versions
        return case

    def took_on(self, created: list[Json]) -> Iterator[Case]:
        """The cases of the runs that the gateway has taken on since this was last asked."""
        while self._created < len(created):
            asked = created[self._created]
            self._created += 1
            case, attempt = self._of(asked["declarationKey"])
            case.created[attempt].append(asked)
            yield case

    def begun(self, request: RunRequest, tools: tuple[str, ...]) -> Case:
        """The gateway has begun a run over its hooks, of an agent that may use these tools."""
        case, attempt = self._of(request.key)
        case.created[attempt].append({"payload": {"toolsAllow": tools}})
        return case

    def commented(self, job_id: str, body: str, *, is_new: bool) -> Case:
        """The bot has written a comment about a job, or has changed it."""
        case = self.case("demo", job_id)
        case.comments += is_new
        case.comment = body
        there = range(case.shown, len(case.versions))
        shows = next((index for index in there if comment(case.versions[index]) == body), None)
        case.stale = case.stale or shows is None
        case.shown = case.shown if shows is None else shows
        return case

    def called_back(self, body: Json) -> Case:
        """A run has ended, and the gateway says so."""
        case, attempt = self._of(body["job"]["declarationKey"])
        case.answered.add(attempt)
        case.used[attempt] = body.get("usage", {}).get("total_tokens", 0)
        if body["status"] == "ok":
            case.ended[attempt].add(body["sessionId"])
        return case

    def interrupted(self) -> None:
        """The gateway was killed, or somebody stopped a turn there, and a run may have ended without a word."""
        for case in self.cases.values():
            case.interrupted = True

    def forgot(self) -> None:
        """The gateway is back without its disk: to it, whatever it had taken on is new."""
        for case in self.cases.values():
            case.forgotten = True
            case.created.clear()

    def _of(self, declaration_key: str) -> tuple[Case, int]:
        _, job_id, attempt = declaration_key.split(":")[:3]
        return self.cases[job_id], int(attempt)
