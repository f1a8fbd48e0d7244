"""Who needs a place among those that run, and when somebody else may have it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mosaic.jobs.model import Job
from mosaic.jobs.slots import COUNT_WINDOW, SlotHolder, Slots, frees_slot, holder, needs_slot, occupies_slot
from mosaic.jobs.states import JobStatus, Phase, Waiting
from mosaic.jobs.value_objects import Dispatch
from tests.fakes import samples
from tests.fakes.clock import NOON


def order(**fields: Any) -> Dispatch:
    usual = {"key": "k", "agent": "runner", "tools": (), "at": NOON, "deadline": NOON, "message_version": 1}
    return Dispatch.model_validate({**usual, **fields})


def job(status: JobStatus, **fields: Any) -> Job:
    return samples.job().evolve(status=status, **fields)


RUNNING = job(JobStatus.RUNNING, phase=Phase.EXECUTION, dispatch=order())
VALIDATING = job(JobStatus.RUNNING, phase=Phase.VALIDATION, dispatch=order())
QUEUED = job(JobStatus.QUEUED)


@pytest.mark.parametrize(
    ("known", "at_work", "needed"),
    [
        (RUNNING, True, True),
        (job(JobStatus.RUNNING, phase=Phase.SETUP, dispatch=order()), True, True),
        (VALIDATING, False, False),
        (job(JobStatus.RUNNING, phase=Phase.VALIDATION, dispatch=order(transport="hooks")), True, True),
        (QUEUED, False, True),
        (job(JobStatus.QUEUED, dispatch=order()), True, True),
        (job(JobStatus.QUEUED, waiting=Waiting.GATEWAY), False, True),
        (job(JobStatus.PENDING, waiting=Waiting.SLOT), False, True),
        (job(JobStatus.PENDING, waiting=Waiting.APPROVAL), False, False),
        (job(JobStatus.PENDING, waiting=Waiting.DELAY), False, False),
        (job(JobStatus.COMPLETED, dispatch=order()), False, False),
        (job(JobStatus.FAILED, dispatch=order()), False, False),
        (job(JobStatus.CANCELLED, dispatch=order()), False, False),
    ],
    ids=lambda value: (
        f"{value.status}-{value.phase or value.waiting}" if isinstance(value, Job) else str(value)
    ),
)
def test_who_runs_and_who_needs_the_place_that_it_holds(known: Job, at_work: bool, needed: bool) -> None:
    assert occupies_slot(known) is at_work
    assert needs_slot(known, holder(known)) is needed


def test_another_attempt_or_a_job_that_is_gone_needs_no_place() -> None:
    assert not needs_slot(RUNNING, SlotHolder(job_id=RUNNING.id, attempt=2))
    assert not needs_slot(None, holder(RUNNING))


@pytest.mark.parametrize(
    ("old", "new", "frees"),
    [
        (RUNNING, VALIDATING, True),
        (RUNNING, job(JobStatus.FAILED), True),
        (RUNNING, job(JobStatus.QUEUED, attempt=2), True),
        (RUNNING, job(JobStatus.QUEUED, dispatch=order()), False),
        (VALIDATING, job(JobStatus.COMPLETED), False),
        (QUEUED, RUNNING, False),
        (QUEUED, job(JobStatus.PENDING, waiting=Waiting.SLOT), False),
        (QUEUED, job(JobStatus.PENDING, waiting=Waiting.APPROVAL), True),
    ],
)
def test_when_somebody_else_may_have_the_place(old: Job, new: Job, frees: bool) -> None:
    assert frees_slot(old, new.evolve(id=old.id)) is frees


def test_holders_are_counted_once_and_for_a_while_after_each_change_of_the_workspace() -> None:
    mine = holder(RUNNING)
    places = Slots().counted(3, (mine, mine), NOON)
    assert places.holders == (mine,)
    assert not places.is_counted(3, NOON + COUNT_WINDOW - timedelta(seconds=1))
    again = places.counted(3, (mine,), NOON + timedelta(seconds=30))
    assert again.is_counted(3, NOON + COUNT_WINDOW)
    assert not again.is_counted(4, NOON + COUNT_WINDOW)
    assert again.without(frozenset({mine})).holders == ()
