"""A log is intact or its first error is named, whatever the change and the page size."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mosaic.events.model import GAP_INDEX, Event, EventType
from mosaic.events.verify import BreakKind
from mosaic.jobs.errors import JobNotFound
from mosaic.jobs.model import Job
from mosaic.services.verify_log import RECORDED_WITHIN, LogStatus, LogVerifier, Verification
from mosaic.storage.event_log import position
from tests.fakes.clock import NOON
from tests.fakes.simulated_deployment import SimulatedDeployment

Log = dict[str, str]
Damage = Callable[[Log], object]


def ran(deployment: SimulatedDeployment) -> Job:
    """Returns a job that has run to its end, with a log of several versions."""
    job = deployment.accept()
    deployment.run_until(deployment.is_idle)
    return deployment.reload(job)


def log_of(deployment: SimulatedDeployment, job: Job) -> Log:
    return deployment.events.raw(job.workspace_id, job.id)


def verified(
    deployment: SimulatedDeployment, job: Job, cursor: str | None = None, limit: int = 1000
) -> Verification:
    return LogVerifier(deployment.jobs, deployment.events, deployment.clock).verify(
        "demo", job.id, cursor, limit
    )


def edited(log: Log, place: str, **changes: Any) -> None:
    log[place] = json.dumps({**json.loads(log[place]), **changes})


def added(log: Log, version: int, index: int, **changes: Any) -> None:
    like = json.loads(next(iter(log.values())))
    job_id = like["jobId"]
    named = {"id": f"{job_id}-{version}-{index}", "version": version, "index": index}
    log[f"{version:08d}.{index:03d}"] = json.dumps({**like, **named, **changes})


def last_of(log: Log, version: int) -> str:
    return max(place for place in log if place.startswith(f"{version:08d}."))


def without_version(log: Log, version: int) -> None:
    for place in [place for place in log if place.startswith(f"{version:08d}.")]:
        del log[place]


DAMAGES: dict[str, tuple[Damage, BreakKind, int]] = {
    "a version is gone": (lambda log: without_version(log, 2), BreakKind.GAP, 2),
    "the first version is gone": (lambda log: without_version(log, 1), BreakKind.GAP, 1),
    "an event within a version is gone": (lambda log: log.pop("00000002.001"), BreakKind.GAP, 2),
    "the first event of a version is gone": (lambda log: log.pop("00000002.000"), BreakKind.GAP, 2),
    "the last event of a version is gone": (lambda log: log.pop(last_of(log, 2)), BreakKind.EDIT, 2),
    "what was said is another": (
        lambda log: edited(log, "00000001.000", payload={"type": "code-task"}),
        BreakKind.EDIT,
        1,
    ),
    "who said it is another": (lambda log: edited(log, "00000002.001", actor="eve"), BreakKind.EDIT, 2),
    "a hash is another": (
        lambda log: edited(log, "00000002.001", hash="sha256:" + "0" * 64),
        BreakKind.EDIT,
        2,
    ),
    "a hash is gone": (lambda log: edited(log, "00000002.000", hash=None), BreakKind.EDIT, 2),
    "an event of another job": (lambda log: edited(log, "00000002.000", jobId="J"), BreakKind.EDIT, 2),
    "an event too many, without a hash": (lambda log: added(log, 1, 2, hash=None), BreakKind.EXTRA, 1),
    "an event too many": (
        lambda log: added(log, 1, 2, hash=json.loads(log["00000001.000"])["hash"]),
        BreakKind.EXTRA,
        1,
    ),
    "a version before the first": (lambda log: added(log, 0, 0), BreakKind.EDIT, 1),
}


@pytest.mark.parametrize("limit", [1, 3, 1000])
def test_complete_log_is_intact_at_any_page_size(deployment: SimulatedDeployment, limit: int) -> None:
    job, cursor, looked, pieces = ran(deployment), None, 0, 0
    while True:
        found = verified(deployment, job, cursor, limit)
        looked, pieces, cursor = looked + found.events, pieces + 1, found.cursor
        if cursor is None:
            break
        assert found.status is LogStatus.PARTIAL
    assert (found.status, found.broken, found.version) == (LogStatus.INTACT, None, job.version)
    assert (found.hash, found.chained_since) == (job.version_hash, 1)
    assert looked == len(log_of(deployment, job))
    assert pieces == 1 if limit == 1000 else pieces > 1


@pytest.mark.parametrize("name", DAMAGES)
@pytest.mark.parametrize("limit", [1, 1000])
def test_first_error_is_named(deployment: SimulatedDeployment, name: str, limit: int) -> None:
    job = ran(deployment)
    damage, kind, version = DAMAGES[name]
    damage(log_of(deployment, job))
    found = verified(deployment, job, None, limit)
    while found.cursor:
        found = verified(deployment, job, found.cursor, limit)
    assert found.broken
    assert (found.status, found.broken.kind, found.broken.version) == (LogStatus.BROKEN, kind, version)
    assert found.version == max(version - 1, 0)


def test_rewritten_log_does_not_match_the_job(
    deployment: SimulatedDeployment,
) -> None:
    job, other = ran(deployment), ran(deployment)
    forged = log_of(deployment, other)
    log = log_of(deployment, job)
    log.clear()
    for place, text in forged.items():
        log[place] = text.replace(other.id, job.id)
    broken = verified(deployment, job).broken
    assert broken
    assert (broken.kind, broken.version) == (BreakKind.EDIT, 1)


def test_events_after_the_job_are_extra(deployment: SimulatedDeployment) -> None:
    job = ran(deployment)
    added(log_of(deployment, job), job.version + 1, 0, hash=None)
    broken = verified(deployment, job).broken
    assert broken
    assert (broken.kind, broken.version) == (BreakKind.EDIT, job.version + 1)


@pytest.mark.parametrize(
    ("passed", "status"),
    [
        (RECORDED_WITHIN - timedelta(seconds=1), LogStatus.BEHIND),
        (RECORDED_WITHIN, LogStatus.BROKEN),
    ],
)
def test_newest_versions_may_be_delayed(
    deployment: SimulatedDeployment, passed: timedelta, status: LogStatus
) -> None:
    job = deployment.accept()
    deployment.pass_time(passed.total_seconds())
    found = verified(deployment, job)
    assert found.status is status
    assert (found.broken.kind if found.broken else None) in (None, BreakKind.MISSING_TAIL)


def test_log_without_hashes_is_intact(
    deployment: SimulatedDeployment,
) -> None:
    job = ran(deployment)
    log = log_of(deployment, job)
    for place in log:
        edited(log, place, hash=None)
    deployment.jobs.forget_chain(job)
    found = verified(deployment, job)
    assert (found.status, found.chained_since, found.hash) == (LogStatus.INTACT, None, None)


def test_searched_gap_has_the_search_time(deployment: SimulatedDeployment) -> None:
    job = ran(deployment)
    without_version(log_of(deployment, job), 2)
    mark = Event(
        id=f"{job.id}-2-{GAP_INDEX}",
        job_id=job.id,
        version=2,
        index=GAP_INDEX,
        type=EventType.LOG_GAP,
        actor="token:ada",
        timestamp=NOON,
    )
    deployment.events.append("demo", mark)
    assert position(mark) in log_of(deployment, job)
    broken = verified(deployment, job).broken
    assert broken
    assert (broken.kind, broken.version, broken.searched_at) == (BreakKind.GAP, 2, NOON)


def test_marker_beside_found_events_is_no_error(deployment: SimulatedDeployment) -> None:
    job = ran(deployment)
    added(log_of(deployment, job), 2, GAP_INDEX, type="log.gap", hash=None)
    assert verified(deployment, job).status is LogStatus.INTACT


def test_unknown_job_is_an_error(deployment: SimulatedDeployment) -> None:
    with pytest.raises(JobNotFound):
        LogVerifier(deployment.jobs, deployment.events, deployment.clock).verify(
            "demo", "01KGA000000000000000000000", None, 10
        )


@pytest.mark.parametrize("cursor", ["", "1", "1~1", "x~1~", "1~1~sha256:0", "123456789~0~", "1~1~ "])
def test_invalid_cursor_is_refused(deployment: SimulatedDeployment, cursor: str) -> None:
    with pytest.raises(ValueError, match="not a cursor"):
        verified(deployment, ran(deployment), cursor)
