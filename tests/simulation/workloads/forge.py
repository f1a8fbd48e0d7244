"""A simulated forge: branches, checks on their commits, and webhook deliveries about both.

Deliveries are late, duplicated, unordered, or lost. The forge does not repeat them by itself, but a person
may.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any, get_args

from mosaic.base import rfc3339
from mosaic.forge.intent import Check as CheckKind
from mosaic.jobs.gates import Forge as Provider
from mosaic.jobs.gates import Gate, Reporter
from mosaic.jobs.model import Job
from mosaic.rails.gate_rules import AppliesWhen, GateRule
from tests.simulation.checkers.history import DeliveredCheck, ForgeCheck, ObservedJob
from tests.simulation.simulator.event_sources import HOURS
from tests.simulation.simulator.functions import WEBHOOK_SECRET
from tests.simulation.workloads.actors import Actors

REPOSITORY = "acme/shop"
REPOSITORY_ID, FORK_ID = 71, 72
NO_COMMIT = "0" * 40
CI_USER = "ci"
GATES = ("build", "test", "scan")
# The rates of duplicate deliveries, and of deliveries that are minutes late.
DUPLICATE_RATE, SLOW_RATE = 0.3, 0.5
# The rates of checks of apps whose clock is minutes behind, and of checks without the time of their end.
SLOW_CLOCK_RATE, MISSING_TIME_RATE = 0.1, 0.05
# States of a check run that a commit status names differently.
_STATUSES = {"rerequested": "pending", "skipped": "error", "timed_out": "error"}


def rules(provider: Provider, gates: Collection[str]) -> tuple[GateRule, ...]:
    """Returns rules for these gates: an API token reports `build`, the forge reports `test` and `scan`."""
    scan: CheckKind = "check_run" if provider == "github" else "status"
    reporters = {
        "build": Reporter(),
        "test": Reporter(kind="status", provider=provider, context="ci/test", by=(CI_USER,)),
        "scan": Reporter(kind=scan, provider=provider, context="ci/scan", by=(CI_USER,)),
    }
    applies = AppliesWhen(types=("code-task",))
    return tuple(GateRule(id=id, applies_when=applies, reporter=reporters[id]) for id in gates)


@dataclass
class CheckRun:
    """One run of a check on a commit, with the forge's number and its times.

    `branch` has the commit; the job's own if it is None. `is_of_fork`: it is a branch of a fork.
    """

    job: Job
    gate: Gate
    commit: str
    number: int
    begun: str | None = None
    ended: str | None = None
    has_ended: bool = False
    branch: str | None = None
    is_of_fork: bool = False


@dataclass
class SimulatedForge:
    """Delivers pushes and checks to a deployment. Unanswered deliveries are repeated at `retry_rate`."""

    actors: Actors
    provider: Provider = "github"
    gates: Collection[str] = GATES
    retry_rate: float = 1.0
    _branches: dict[str, list[str]] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self._random_source = self.actors.cloud.random_source
        self._clock = self.actors.cloud.skewed_clock()
        self.actors.cloud.configure_workspace(gates=rules(self.provider, self.gates))

    def any_commit(self) -> str:
        """Returns a commit that is on no job's branch."""
        return f"{next(self._numbers):040x}"

    def head(self, job: Job) -> str | None:
        """Returns the newest commit of the job's branch."""
        branch = self._branches.get(job.push_branch)
        return branch[-1] if branch else None

    def push(self, job: Job) -> str:
        """The job's agent pushes a commit, which is returned."""
        branch = self._branches.setdefault(job.push_branch, [])
        before, after = branch[-1] if branch else NO_COMMIT, f"{next(self._numbers):040x}"
        branch.append(after)
        observed = self.actors.history.job(job.workspace_id, job.id)
        observed.pushed_commits.append(after)
        self.actors.history.branch_commits(job.push_branch).append(after)
        pushed = {"ref": f"refs/heads/{job.push_branch}", "before": before, "after": after}
        times = {"pushed_at": int(self._clock().timestamp())} if self.provider == "github" else {}
        sequence, made_at = len(observed.pushed_commits) - 1, self.actors.history.now()

        def on_acknowledged(attempt: int) -> None:
            # Gitea does not date its pushes, so two pushes without a link between them have no order.
            if self.provider == "github":
                observed.acknowledged_pushes[attempt].add(sequence)

        def on_answered() -> None:
            if self._is_own(job):
                history.delivered_pushes[job.push_branch].setdefault(after, made_at)

        history = self.actors.history
        self._deliver("push", pushed, "mosaic[bot]", observed, on_acknowledged, on_answered, times)
        return after

    def begin_check(self, job: Job, gate: Gate, commit: str) -> CheckRun:
        """Begins a check, without a delivery."""
        return CheckRun(job, gate, commit, next(self._numbers))

    def report_check(
        self, run: CheckRun, state: str, by: str = CI_USER, secret: str = WEBHOOK_SECRET
    ) -> None:
        """Delivers a state of the check, set by the user `by`. With another `secret` the delivery is forged."""
        gate, number = run.gate, next(self._numbers)
        is_check_run = gate.reporter.kind == "check_run"
        url, sequence = f"https://ci.test/{number}", (run.number if is_check_run else number, number)
        observed = self.actors.history.job(run.job.workspace_id, run.job.id)
        if by == CI_USER and secret == WEBHOOK_SECRET:
            at = self._clock().replace(microsecond=0)
            observed.checks[url] = ForgeCheck(gate.id, run.commit, state, sequence, at)
        event, payload = (
            self._check_run(run, state, url, by) if is_check_run else self._status(run, state, url, number)
        )

        def on_acknowledged(attempt: int) -> None:
            observed.acknowledged_checks[attempt, gate.id, run.commit].add(sequence)

        def on_answered() -> None:
            is_ci = by == CI_USER and secret == WEBHOOK_SECRET and not run.is_of_fork
            if is_ci and self._is_own(run.job):
                delivered = DeliveredCheck(sequence, state, self.actors.history.now())
                observed.delivered_checks[gate.id, run.commit].append(delivered)

        self._deliver(event, payload, by, observed, on_acknowledged, on_answered, secret=secret)

    def _status(self, run: CheckRun, state: str, url: str, number: int) -> tuple[str, dict[str, Any]]:
        branch, head = run.branch or run.job.push_branch, self.head(run.job)
        status = {
            "id": number,
            "sha": run.commit,
            "state": _STATUSES.get(state, state),
            "context": run.gate.reporter.context,
            "updated_at": self._now(),
            "target_url": url,
        }
        branches = [{"name": branch, "commit": {"sha": run.commit if run.branch else head}}]
        return "status", status | ({"branches": branches} if self.provider == "github" else {})

    def _check_run(self, run: CheckRun, state: str, url: str, by: str) -> tuple[str, dict[str, Any]]:
        is_end = state not in ("pending", "rerequested")
        run.begun = run.begun or self._now()
        if is_end:
            run.has_ended, run.ended = True, self._end()
        status = "completed" if run.has_ended else "in_progress"
        suite: dict[str, Any] = {"head_branch": run.branch or run.job.push_branch}
        if run.is_of_fork:
            suite["pull_requests"] = [{"head": {"ref": suite["head_branch"], "repo": {"id": FORK_ID}}}]
        check = {
            "id": run.number,
            "name": run.gate.reporter.context,
            "head_sha": run.commit,
            "status": status,
            "conclusion": state if is_end else "success" if run.has_ended else None,
            "started_at": run.begun,
            "completed_at": run.ended,
            "html_url": url,
            "app": {"slug": by},
            "check_suite": suite,
        }
        action = "completed" if is_end else "created" if state == "pending" else state
        return "check_run", {"action": action, "check_run": check}

    def _is_own(self, job: Job) -> bool:
        """Returns whether the job may work on this forge's repository: it is of no issue on another one."""
        return job.source.kind not in {*get_args(Provider)} - {self.provider}

    def _end(self) -> str | None:
        """Returns the end of a check by the clock of its app, which may be slow, or missing."""
        random_source = self._random_source
        if random_source.happens(MISSING_TIME_RATE):
            return None
        slow = random_source.between(0, 300) if random_source.happens(SLOW_CLOCK_RATE) else 0.0
        return rfc3339((self._clock() - timedelta(seconds=slow)).replace(microsecond=0))

    def _now(self) -> str:
        return rfc3339(self._clock().replace(microsecond=0))

    def _deliver(
        self,
        event: str,
        payload: Mapping[str, Any],
        sender: str,
        observed: ObservedJob,
        on_acknowledged: Callable[[int], None],
        on_answered: Callable[[], None],
        times: Mapping[str, int] | None = None,
        secret: str = WEBHOOK_SECRET,
    ) -> None:
        """Delivers an event. Calls `on_acknowledged` with the attempt that the delivery changed, by its
        response, and `on_answered` for each delivery that need not be repeated.
        """
        random_source = self._random_source
        repository = {
            "id": REPOSITORY_ID,
            "full_name": REPOSITORY,
            "html_url": f"https://{self.provider}.test/{REPOSITORY}",
            **(times or {}),
        }
        body = {**payload, "repository": repository, "sender": {"login": sender}}

        def deliver() -> None:
            attempt = observed.now.attempt
            response = self.actors.deliver(self.provider, event, body, secret)
            if response is None or response.status >= 500:
                if self.retry_rate == 1 or random_source.happens(self.retry_rate):
                    self.actors.schedule(self.provider, deliver, random_source.between(2, 600))
                return
            if response.status == 200:
                on_answered()
            if response.json.get("duplicate") is False and observed.now.attempt == attempt:
                on_acknowledged(attempt)

        for _ in range(2 if random_source.happens(DUPLICATE_RATE) else 1):
            late = random_source.delay(3 * HOURS)
            slow = random_source.between(0, 300) if random_source.happens(SLOW_RATE) else 0.0
            if not random_source.happens(random_source.behavior.lost_callbacks):
                self.actors.schedule(self.provider, deliver, random_source.between(0.2, 2) + late + slow)
