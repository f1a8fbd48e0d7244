"""One comment for a job, whatever the order and repetition of deliveries, and wherever a function crashes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from mosaic.forge.comments import ForgeUnavailable
from mosaic.jobs import lifecycle
from mosaic.jobs.model import Job
from mosaic.services.agent_message import text_hash
from mosaic.services.comment_writer import WRITE_LEASE, CommentBusy
from mosaic.services.notify_issue import IssueNotifier, job_comment
from tests.fakes.crash_injector import ConcurrentChange, CrashInjector, FailingCalls, ProcessKilled
from tests.fakes.forge import FakeComments
from tests.fakes.simulated_deployment import SimulatedDeployment
from tests.fakes.storage.coordination import FakeCoordination

REPOSITORY = "acme/shop"
ASKED: dict[str, Any] = {
    "repository": REPOSITORY,
    "issue_number": 7,
    "source": {"kind": "github", "actor": "github:ada"},
}


class NotifierSetup:
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
        forge = crashes.wrap(self.forge)
        return IssueNotifier(
            crashes.wrap(self.deployment.jobs),
            crashes.wrap(self.shared),
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
def setup(deployment: SimulatedDeployment) -> NotifierSetup:
    return NotifierSetup(deployment)


def test_later_events_update_the_comment(setup: NotifierSetup) -> None:
    assert setup.notify()
    changed = setup.change()
    assert setup.notify()
    assert setup.bodies == [job_comment(changed)]


def test_waiting_approval_shows_the_hash_of_the_text(setup: NotifierSetup) -> None:
    setup.job = setup.deployment.accept(profile="weaver", requested_capabilities=("git:push",), **ASKED)
    waiting = setup.deployment.process(setup.job)
    setup.notify()
    shown = text_hash(waiting)
    assert shown
    assert shown in setup.bodies[0]


def test_repeated_or_late_event_writes_nothing(setup: NotifierSetup) -> None:
    setup.notify()
    assert not any(setup.notify() for _ in range(3))
    setup.change()
    assert setup.notify()
    assert not setup.notify()
    assert setup.forge.writes == 2


def test_unchanged_comment_is_not_written(setup: NotifierSetup) -> None:
    setup.notify()
    setup.deployment.jobs.save(lifecycle.change(setup.job, setup.deployment.clock(), "stitcher"))
    assert not setup.notify()
    assert setup.forge.writes == 1


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {**ASKED, "source": {"kind": "api", "actor": "token:ada"}},
        {**ASKED, "source": {"kind": "gitea", "actor": "gitea:ada"}},
        {**ASKED, "issue_number": None},
        {**ASKED, "repository": None},
    ],
    ids=["api", "api about an issue", "a forge that is not told", "no issue", "no repository"],
)
def test_job_without_issue_gets_no_comment(setup: NotifierSetup, fields: dict[str, Any]) -> None:
    setup.job = setup.deployment.accept(**fields)
    assert not setup.notify()
    assert setup.forge.comments == []


def test_unknown_job_is_ignored(setup: NotifierSetup) -> None:
    assert not setup.notifier().notify("demo", "01KGA000000000000000000000")


def test_concurrent_writer_is_retried(setup: NotifierSetup) -> None:
    meanwhile = ConcurrentChange("FakeComments.create")
    busy: list[bool] = []

    def rival() -> None:
        with pytest.raises(CommentBusy):
            setup.notify()
        busy.append(True)

    meanwhile.act = rival
    assert setup.notify(meanwhile)
    assert (busy, len(setup.bodies)) == ([True], 1)


def test_change_during_writing_is_not_lost(setup: NotifierSetup) -> None:
    setup.notify()
    setup.deployment.jobs.save(lifecycle.change(setup.job, setup.deployment.clock(), "x", attempt=2))
    meanwhile = ConcurrentChange("FakeComments.update")
    meanwhile.act = setup.change
    setup.notify(meanwhile)
    assert "QUEUED" in setup.bodies[0]
    assert setup.notify()
    assert setup.bodies == [job_comment(setup.deployment.reload(setup.job))]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_crash_leaves_one_comment(deployment: SimulatedDeployment, moment: Any) -> None:
    counted = CrashInjector()
    NotifierSetup(deployment).notify(counted)
    for at in range(1, len(counted.calls) + 1):
        setup = NotifierSetup(deployment)
        with pytest.raises(ProcessKilled):
            setup.notify(CrashInjector(at, moment))
        setup.change()
        deployment.clock.forward(WRITE_LEASE.total_seconds())
        setup.notify()
        assert setup.bodies == [job_comment(deployment.reload(setup.job))], (at, counted.calls[at - 1])


@pytest.mark.parametrize(
    "behind", [timedelta(), timedelta(minutes=2)], ids=["in whole seconds", "by its clock"]
)
def test_comment_dated_before_its_job_is_found(deployment: SimulatedDeployment, behind: timedelta) -> None:
    deployment.clock.forward(0.7)
    setup = NotifierSetup(deployment)
    setup.behind = behind
    with pytest.raises(ProcessKilled):
        setup.notify(CrashInjector(6, "after"))
    deployment.clock.forward(WRITE_LEASE.total_seconds())
    setup.change()
    setup.notify()
    assert setup.bodies == [job_comment(deployment.reload(setup.job))]


def test_lease_is_not_taken_early(setup: NotifierSetup) -> None:
    with pytest.raises(ProcessKilled):
        setup.notify(CrashInjector(4, "before"))
    setup.deployment.clock.forward(WRITE_LEASE.total_seconds() - 1)
    with pytest.raises(CommentBusy):
        setup.notify()
    setup.deployment.clock.forward(1)
    assert setup.notify()


def test_unreachable_forge_is_called_again(setup: NotifierSetup) -> None:
    setup.forge.down = True
    with pytest.raises(ForgeUnavailable):
        setup.notify()
    setup.forge.down = False
    setup.deployment.clock.forward(WRITE_LEASE.total_seconds())
    assert setup.notify()
    assert len(setup.bodies) == 1


def test_late_write_remains_the_only_comment(setup: NotifierSetup) -> None:
    lost = FailingCalls("FakeComments.create", ForgeUnavailable("no answer"))
    with pytest.raises(ForgeUnavailable):
        setup.notify(lost)
    setup.deployment.clock.forward(120)
    with pytest.raises(CommentBusy):
        setup.notify()
    setup.forge.create(REPOSITORY, 7, job_comment(setup.job))
    setup.change()
    setup.deployment.clock.forward(WRITE_LEASE.total_seconds() - 120)
    setup.notify()
    assert setup.bodies == [job_comment(setup.deployment.reload(setup.job))]


def test_deleted_comment_is_not_written_again(setup: NotifierSetup) -> None:
    setup.notify()
    setup.forge.comments.clear()
    setup.change()
    setup.notify()
    setup.deployment.control.retry("demo", setup.job.id, "token:ada", role="member")
    assert not setup.notify()
    assert setup.bodies == []


def test_comment_of_another_author_is_not_changed(setup: NotifierSetup) -> None:
    forged = f"<!-- mosaic:{setup.job.id} -->\n\nmine"
    setup.forge.add(REPOSITORY, 7, "eve", forged)
    setup.notify()
    assert setup.bodies == [forged, job_comment(setup.job)]
