"""One comment for a job, whoever delivers what, how often, in whatever order, and dies where."""

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
    """A job that came from an issue, and notifiers of its forge."""

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


def test_the_first_event_writes_the_comment_and_later_ones_change_it(bench: Bench) -> None:
    assert bench.notify()
    changed = bench.change()
    assert bench.notify()
    assert bench.bodies == [comment(changed)]


def test_what_is_delivered_again_or_late_writes_nothing(bench: Bench) -> None:
    bench.notify()
    assert not any(bench.notify() for _ in range(3))
    bench.change()
    assert bench.notify()
    assert not bench.notify()
    assert bench.forge.writes == 2


def test_a_version_that_looks_the_same_costs_the_forge_nothing(bench: Bench) -> None:
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
def test_a_job_that_came_from_nowhere_that_is_told_is_told_nowhere(
    bench: Bench, asked: dict[str, Any]
) -> None:
    bench.job = bench.deployment.accept(**asked)
    assert not bench.notify()
    assert bench.forge.comments == []


def test_a_job_that_is_not_there_is_no_mistake(bench: Bench) -> None:
    assert not bench.notifier().notify("demo", "01KGA000000000000000000000")


def test_whoever_comes_while_another_writes_comes_again(bench: Bench) -> None:
    meanwhile = ConcurrentChange("FakeComments.create")
    busy: list[bool] = []

    def rival() -> None:
        with pytest.raises(CommentBusy):
            bench.notify()
        busy.append(True)

    meanwhile.act = rival
    assert bench.notify(meanwhile)
    assert (busy, len(bench.bodies)) == ([True], 1)


def test_a_change_while_another_writes_is_written_by_the_next_and_never_lost(bench: Bench) -> None:
    bench.notify()
    bench.deployment.jobs.save(lifecycle.change(bench.job, bench.deployment.clock(), "x", attempt=2))
    meanwhile = ConcurrentChange("FakeComments.update")
    meanwhile.act = bench.change
    bench.notify(meanwhile)
    assert "QUEUED" in bench.bodies[0]
    assert bench.notify()
    assert bench.bodies == [comment(bench.deployment.reload(bench.job))]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_whoever_dies_at_any_call_leaves_one_comment_to_the_next(
    deployment: SimulatedDeployment, moment: Any
) -> None:
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
def test_a_comment_that_the_forge_dates_before_its_job_is_found_again(
    deployment: SimulatedDeployment, behind: timedelta
) -> None:
    deployment.clock.forward(0.7)
    bench = Bench(deployment)
    bench.behind = behind
    with pytest.raises(ProcessKilled):
        bench.notify(CrashInjector(6, "after"))
    deployment.clock.forward(WRITE_LEASE.total_seconds())
    bench.change()
    bench.notify()
    assert bench.bodies == [comment(deployment.reload(bench.job))]


def test_nobody_takes_over_from_one_who_may_still_be_writing(bench: Bench) -> None:
    with pytest.raises(ProcessKilled):
        bench.notify(CrashInjector(4, "before"))
    bench.deployment.clock.forward(WRITE_LEASE.total_seconds() - 1)
    with pytest.raises(CommentBusy):
        bench.notify()
    bench.deployment.clock.forward(1)
    assert bench.notify()


def test_a_forge_that_is_down_is_told_later(bench: Bench) -> None:
    bench.forge.down = True
    with pytest.raises(ForgeUnavailable):
        bench.notify()
    bench.forge.down = False
    bench.deployment.clock.forward(WRITE_LEASE.total_seconds())
    assert bench.notify()
    assert len(bench.bodies) == 1


def test_what_was_given_up_and_arrives_minutes_later_is_the_one_comment(bench: Bench) -> None:
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


def test_a_comment_that_people_deleted_is_not_written_again(bench: Bench) -> None:
    bench.notify()
    bench.forge.comments.clear()
    bench.change()
    bench.notify()
    bench.deployment.control.retry("demo", bench.job.id, "token:ada")
    assert not bench.notify()
    assert bench.bodies == []


def test_another_s_comment_with_the_same_mark_is_left_alone(bench: Bench) -> None:
    forged = f"<!-- mosaic:{bench.job.id} -->\n\nmine"
    bench.forge.add(REPOSITORY, 7, "eve", forged)
    bench.notify()
    assert bench.bodies == [forged, comment(bench.job)]
