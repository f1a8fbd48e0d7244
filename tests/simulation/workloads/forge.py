"""A forge: branches that agents push to, checks on their commits, and what is told of both by webhook.

Deliveries come late, twice, in any order, or never. The forge sends none again by itself, but somebody may.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from mosaic.base import rfc3339
from mosaic.forge.intent import Check as CheckKind
from mosaic.jobs.gates import Forge as Provider
from mosaic.jobs.gates import Gate, Reporter
from mosaic.jobs.model import Job
from mosaic.rails.gates import AppliesWhen, GateRule
from tests.simulation.checkers.history import ForgeCheck, ObservedJob
from tests.simulation.simulator.event_sources import HOURS
from tests.simulation.simulator.functions import WEBHOOK_SECRET
from tests.simulation.workloads.actors import Actors

REPOSITORY = "acme/shop"
NOTHING = "0" * 40
CI = "ci"
GATES = ("build", "test", "scan")
# How many deliveries come twice, and how many minutes late.
TWICE, SLOW = 0.3, 0.5
# Where a status has other words than a check run.
_STATUSES = {"rerequested": "pending", "skipped": "error", "timed_out": "error"}


def rules(provider: Provider, gates: Collection[str]) -> tuple[GateRule, ...]:
    """Of two gates that the forge reports, and one that an API token does, these."""
    scan: CheckKind = "check_run" if provider == "github" else "status"
    reporters = {
        "build": Reporter(),
        "test": Reporter(kind="status", provider=provider, context="ci/test", by=(CI,)),
        "scan": Reporter(kind=scan, provider=provider, context="ci/scan", by=(CI,)),
    }
    applies = AppliesWhen(types=("code-task",))
    return tuple(GateRule(id=id, applies_when=applies, reporter=reporters[id]) for id in gates)


@dataclass
class Run:
    """One run of a check on a commit: `number` is the forge's, `ended` when it did."""

    job: Job
    gate: Gate
    commit: str
    number: int
    ended: str | None = None


@dataclass
class Forge:
    """Tells a cloud of pushes and checks. Of the deliveries that were not answered so many are sent `again`."""

    actors: Actors
    provider: Provider = "github"
    gates: Collection[str] = GATES
    again: float = 1.0
    _branches: dict[str, list[str]] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self._random_source = self.actors.cloud.random_source
        self._clock = self.actors.cloud.skewed_clock()
        self.actors.cloud.configure_workspace(gates=rules(self.provider, self.gates))

    def head(self, job: Job) -> str | None:
        """The newest commit of the job's branch."""
        branch = self._branches.get(job.push_branch)
        return branch[-1] if branch else None

    def push(self, job: Job) -> str:
        """The job's agent pushes a commit."""
        branch = self._branches.setdefault(job.push_branch, [])
        before, after = branch[-1] if branch else NOTHING, f"{next(self._numbers):040x}"
        branch.append(after)
        observed = self.actors.history.job(job.workspace_id, job.id)
        observed.pushed_commits.append(after)
        pushed = {"ref": f"refs/heads/{job.push_branch}", "before": before, "after": after}
        times = {"pushed_at": int(self._clock().timestamp())} if self.provider == "github" else {}
        place = len(observed.pushed_commits) - 1

        def heard(attempt: int) -> None:
            # Gitea does not date its pushes: of two that nothing links nobody can tell which is newer.
            if self.provider == "github":
                observed.acknowledged_pushes[attempt].add(place)

        self._tell("push", pushed, "mosaic[bot]", observed, heard, times)
        return after

    def begin(self, job: Job, gate: Gate, commit: str) -> Run:
        """A check begins; nothing is said of it yet."""
        return Run(job, gate, commit, next(self._numbers))

    def says(self, run: Run, state: str, by: str = CI, secret: str = WEBHOOK_SECRET) -> None:
        """The check is at this state, says who runs it; with another `secret` it is not the forge that tells it."""
        gate, number = run.gate, next(self._numbers)
        is_run = gate.reporter.kind == "check_run"
        url, place = f"https://ci.test/{number}", (run.number if is_run else number, number)
        observed = self.actors.history.job(run.job.workspace_id, run.job.id)
        if by == CI and secret == WEBHOOK_SECRET:
            at = self._clock().replace(microsecond=0)
            observed.checks[url] = ForgeCheck(gate.id, run.commit, state, place, at)
        event, payload = (
            self._check_run(run, state, url, by) if is_run else self._status(run, state, url, number)
        )

        def heard(attempt: int) -> None:
            observed.acknowledged_checks[attempt, gate.id, run.commit].add(place)

        self._tell(event, payload, by, observed, heard, secret=secret)

    def _status(self, run: Run, state: str, url: str, number: int) -> tuple[str, dict[str, Any]]:
        branch = run.job.push_branch
        said = {
            "id": number,
            "sha": run.commit,
            "state": _STATUSES.get(state, state),
            "context": run.gate.reporter.context,
            "updated_at": self._now(),
            "target_url": url,
        }
        told = [{"name": branch, "commit": {"sha": self.head(run.job)}}]
        return "status", said | ({"branches": told} if self.provider == "github" else {})

    def _check_run(self, run: Run, state: str, url: str, by: str) -> tuple[str, dict[str, Any]]:
        ends = state not in ("pending", "rerequested")
        if ends:
            run.ended = self._now()
        status = "completed" if run.ended else "in_progress"
        check = {
            "id": run.number,
            "name": run.gate.reporter.context,
            "head_sha": run.commit,
            "status": status,
            "conclusion": state if ends else "success" if run.ended else None,
            "started_at": self._now(),
            "completed_at": run.ended,
            "html_url": url,
            "app": {"slug": by},
            "check_suite": {"head_branch": run.job.push_branch},
        }
        action = "completed" if ends else "created" if state == "pending" else state
        return "check_run", {"action": action, "check_run": check}

    def _now(self) -> str:
        return rfc3339(self._clock().replace(microsecond=0))

    def _tell(
        self,
        event: str,
        payload: Mapping[str, Any],
        sender: str,
        observed: ObservedJob,
        heard: Callable[[int], None],
        times: Mapping[str, int] | None = None,
        secret: str = WEBHOOK_SECRET,
    ) -> None:
        """Deliver this, as the forge does it; `heard` is called with the attempt that an answer says it has changed."""
        random_source = self._random_source
        told = {
            "full_name": REPOSITORY,
            "html_url": f"https://{self.provider}.test/{REPOSITORY}",
            **(times or {}),
        }
        body = {**payload, "repository": told, "sender": {"login": sender}}

        def deliver() -> None:
            attempt = observed.now.attempt
            answer = self.actors.deliver(self.provider, event, body, secret)
            if answer is None or answer.status >= 500:
                if self.again == 1 or random_source.happens(self.again):
                    self.actors.does(self.provider, deliver, random_source.between(2, 600))
            elif answer.json.get("duplicate") is False and observed.now.attempt == attempt:
                heard(attempt)

        for _ in range(2 if random_source.happens(TWICE) else 1):
            late = random_source.delay(3 * HOURS)
            slow = random_source.between(0, 300) if random_source.happens(SLOW) else 0.0
            if not random_source.happens(random_source.behavior.lost_callbacks):
                self.actors.does(self.provider, deliver, random_source.between(0.2, 2) + late + slow)
