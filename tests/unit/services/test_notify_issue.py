"""One comment for a job, whatever the order and repetition of deliveries, and wherever a function crashes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from mosaic.forge.comment import comment
from mosaic.forge.comments import ForgeUnavailable
from mosaic.jobs import lifecycle
from mosaic.jobs.model import Job
from mosaic.services.notify_issue import WRITE_LEASE, CommentBusy, IssueNotifier
from tests.fakes.coordination import FakeCoordination
from tests.fakes.crash_injector import ConcurrentChange, CrashInjector, FailingCalls, ProcessKilled
from tests.fakes.forge import FakeComments
from tests.fakes.simulated_deployment import SimulatedDeployment

REPOSITORY = "acme/shop"
ASKED: dict[str, Any] = {
    "repository": REPOSITORY,
    "issue_number": 7,
    "source": {"kind": "github", "actor": "github:ada"},
}


class Bench:
    """A job with an issue, and notifiers for its forge."""

    def __init__(self, deployment: SimulatedDeployment) -> None:
        self.deployment, self.forge, self.shared = (
            deployment,
            FakeComments(self.forge_s_clock),
            FakeCoordination(),
        )
        self.behind = timedelta()
        self.job = deployment.accept(**ASKED)

    def notifier(self, crashes: CrashInjector | None = None) -> IssueNotifier:
        crashes = crashes or CrashInjector()
        forge = crashes.over(self.forge)
        return IssueNotifier(
            crashes.over(self.deployment.jobs),
            crashes.over(self.shared),
            {"github": lambda: forge},
            self.deployment.clock,
        )

    def notify(self, crashes: CrashInjector | None = None) -> bool:
        return self.notifier(crashes).notify("demo", self.job.id)

    def forge_s_clock(self) -> datetime:
        return self.deployment.clock() - self.behind

    def change(self) -> Job:
        return self.deployment.control.cancel("demo", self.job.id, "token:ada")

    @property
    def bodies(self) -> list[str]:
        return [each.body for each in self.forge.on(REPOSITORY, 7)]


@pytest.fixture
def bench(deployment: SimulatedDeployment) -> Bench:
    return Bench(deployment)


def test_later_events_update_the_comment(bench: Bench) -> None:
    assert bench.notify()
    changed = bench.change()
    assert bench.notify()
    assert bench.bodies == [comment(changed)]


def test_repeated_or_late_event_writes_nothing(bench: Bench) -> None:
    bench.notify()
    assert not any(bench.notify() for _ in range(3))
    bench.change()
    assert bench.notify()
    assert not bench.notify()
    assert bench.forge.writes == 2


def test_unchanged_comment_is_not_written(bench: Bench) -> None:
    bench.notify()
    bench.deployment.jobs.save(lifecycle.change(bench.job, bench.deployment.clock(), "stitcher"))
    assert not bench.notify()
    assert bench.forge.writes == 1


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {**ASKED, "source": {"kind": "api", "actor": "token:ada"}},
        {**ASKED, "source": {"kind": "gitea", "actor": "gitea:ada"}},
        {**ASKED, "issue_number": None},
        {**ASKED, "repository": None},
    ],
    ids=["api", "api about an issue", "a forge that is not told", "no issue", "no repository"],
)
def test_job_without_issue_gets_no_comment(bench: Bench, asked: dict[str, Any]) -> None:
    bench.job = bench.deployment.accept(**asked)
    assert not bench.notify()
    assert bench.forge.comments == []


def test_unknown_job_is_ignored(bench: Bench) -> None:
    assert not bench.notifier().notify("demo", "01KGA000000000000000000000")


def test_concurrent_writer_is_retried(bench: Bench) -> None:
    meanwhile = ConcurrentChange("FakeComments.create")
    busy: list[bool] = []

    def rival() -> None:
        with pytest.raises(CommentBusy):
            bench.notify()
        busy.append(True)

    meanwhile.act = rival
    assert bench.notify(meanwhile)
    assert (busy, len(bench.bodies)) == ([True], 1)


def test_change_during_writing_is_not_lost(bench: Bench) -> None:
    bench.notify()
    bench.deployment.jobs.save(lifecycle.change(bench.job, bench.deployment.clock(), "x", attempt=2))
    meanwhile = ConcurrentChange("FakeComments.update")
    meanwhile.act = bench.change
    bench.notify(meanwhile)
    assert "QUEUED" in bench.bodies[0]
    assert bench.notify()
    assert bench.bodies == [comment(bench.deployment.reload(bench.job))]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_crash_leaves_one_comment(deployment: SimulatedDeployment, moment: Any) -> None:
    counted = CrashInjector()
    Bench(deployment).notify(counted)
    for at in range(1, len(counted.calls) + 1):
        bench = Bench(deployment)
        with pytest.raises(ProcessKilled):
            bench.notify(CrashInjector(at, moment))
        bench.change()
        deployment.clock.forward(WRITE_LEASE.total_seconds())
        bench.notify()
        assert bench.bodies == [comment(deployment.reload(bench.job))], (at, counted.calls[at - 1])


@pytest.mark.parametrize(
    "behind", [timedelta(), timedelta(minutes=2)], ids=["in whole seconds", "by its clock"]
)
def test_comment_dated_before_its_job_is_found(deployment: SimulatedDeployment, behind: timedelta) -> None:
    deployment.clock.forward(0.7)
    bench = Bench(deployment)
    bench.behind = behind
    with pytest.raises(ProcessKilled):
        bench.notify(CrashInjector(6, "after"))
    deployment.clock.forward(WRITE_LEASE.total_seconds())
    bench.change()
    bench.notify()
    assert bench.bodies == [comment(deployment.reload(bench.job))]


def test_lease_is_not_taken_early(bench: Bench) -> None:
    with pytest.raises(ProcessKilled):
        bench.notify(CrashInjector(4, "before"))
    bench.deployment.clock.forward(WRITE_LEASE.total_seconds() - 1)
    with pytest.raises(CommentBusy):
        bench.notify()
    bench.deployment.clock.forward(1)
    assert bench.notify()


def test_unreachable_forge_is_called_again(bench: Bench) -> None:
    bench.forge.down = True
    with pytest.raises(ForgeUnavailable):
        bench.notify()
    bench.forge.down = False
    bench.deployment.clock.forward(WRITE_LEASE.total_seconds())
    assert bench.notify()
    assert len(bench.bodies) == 1


def test_late_write_remains_the_only_comment(bench: Bench) -> None:
    lost = FailingCalls("FakeComments.create", ForgeUnavailable("no answer"))
    with pytest.raises(ForgeUnavailable):
        bench.notify(lost)
    bench.deployment.clock.forward(120)
    with pytest.raises(CommentBusy):
        bench.notify()
    bench.forge.create(REPOSITORY, 7, comment(bench.job))
    bench.change()
    bench.deployment.clock.forward(WRITE_LEASE.total_seconds() - 120)
    bench.notify()
    assert bench.bodies == [comment(bench.deployment.reload(bench.job))]


def test_deleted_comment_is_not_written_again(bench: Bench) -> None:
    bench.notify()
    bench.forge.comments.clear()
    bench.change()
    bench.notify()
    bench.deployment.control.retry("demo", bench.job.id, "token:ada")
    assert not bench.notify()
    assert bench.bodies == []


def test_comment_of_another_author_is_not_changed(bench: Bench) -> None:
    forged = f"<!-- mosaic:{bench.job.id} -->\n\nmine"
    bench.forge.add(REPOSITORY, 7, "eve", forged)
    bench.notify()
    assert bench.bodies == [forged, comment(bench.job)]
