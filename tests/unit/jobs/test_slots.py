"""Jobs that occupy, need and free a slot."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mosaic.jobs.model import Job
from mosaic.jobs.slots import (
    COUNT_WINDOW,
    SlotHolder,
    Slots,
    holder,
    needs_slot,
    occupies_slot,
    slot_becomes_free,
)
from mosaic.jobs.states import JobStatus, Phase, Waiting
from mosaic.jobs.value_objects import Dispatch
from tests.fakes import samples
from tests.fakes.clock import NOON


def dispatch(**fields: Any) -> Dispatch:
    usual = {"key": "k", "agent": "runner", "tools": (), "at": NOON, "deadline": NOON, "message_version": 1}
    return Dispatch.model_validate({**usual, **fields})


def job(status: JobStatus, **fields: Any) -> Job:
    return samples.job().evolve(status=status, **fields)


RUNNING = job(JobStatus.RUNNING, phase=Phase.EXECUTION, dispatch=dispatch())
VALIDATING = job(JobStatus.RUNNING, phase=Phase.VALIDATION, dispatch=dispatch())
QUEUED = job(JobStatus.QUEUED)


@pytest.mark.parametrize(
    ("current", "at_work", "needed"),
    [
        (RUNNING, True, True),
        (job(JobStatus.RUNNING, phase=Phase.SETUP, dispatch=dispatch()), True, True),
        (VALIDATING, False, False),
        (job(JobStatus.RUNNING, phase=Phase.VALIDATION, dispatch=dispatch(transport="hooks")), True, True),
        (QUEUED, False, True),
        (job(JobStatus.QUEUED, dispatch=dispatch()), True, True),
        (job(JobStatus.QUEUED, waiting=Waiting.GATEWAY), False, True),
        (job(JobStatus.PENDING, waiting=Waiting.SLOT), False, True),
        (job(JobStatus.PENDING, waiting=Waiting.APPROVAL), False, False),
        (job(JobStatus.PENDING, waiting=Waiting.DELAY), False, False),
        (job(JobStatus.COMPLETED, dispatch=dispatch()), False, False),
        (job(JobStatus.FAILED, dispatch=dispatch()), False, False),
        (job(JobStatus.CANCELLED, dispatch=dispatch()), False, False),
    ],
    ids=lambda value: (
        f"{value.status}-{value.phase or value.waiting}" if isinstance(value, Job) else str(value)
    ),
)
def test_status_decides_slot_use(current: Job, at_work: bool, needed: bool) -> None:
    assert occupies_slot(current) is at_work
    assert needs_slot(current, holder(current)) is needed


def test_other_attempt_or_missing_job_needs_no_slot() -> None:
    assert not needs_slot(RUNNING, SlotHolder(job_id=RUNNING.id, attempt=2))
    assert not needs_slot(None, holder(RUNNING))


@pytest.mark.parametrize(
    ("old", "new", "frees"),
    [
        (RUNNING, VALIDATING, True),
        (RUNNING, job(JobStatus.FAILED), True),
        (RUNNING, job(JobStatus.QUEUED, attempt=2), True),
        (RUNNING, job(JobStatus.QUEUED, dispatch=dispatch()), False),
        (VALIDATING, job(JobStatus.COMPLETED), False),
        (QUEUED, RUNNING, False),
        (QUEUED, job(JobStatus.PENDING, waiting=Waiting.SLOT), False),
        (QUEUED, job(JobStatus.PENDING, waiting=Waiting.APPROVAL), True),
    ],
)
def test_change_frees_slot(old: Job, new: Job, frees: bool) -> None:
    assert slot_becomes_free(old, new.evolve(id=old.id)) is frees


def test_running_jobs_are_counted_after_limit_change() -> None:
    mine = holder(RUNNING)
    slots = Slots().counted(3, (mine, mine), NOON)
    assert slots.holders == (mine,)
    assert not slots.is_counted(3, NOON + COUNT_WINDOW - timedelta(seconds=1))
    recounted = slots.counted(3, (mine,), NOON + timedelta(seconds=30))
    assert recounted.is_counted(3, NOON + COUNT_WINDOW)
    assert not recounted.is_counted(4, NOON + COUNT_WINDOW)
    assert recounted.without(frozenset({mine})).holders == ()
