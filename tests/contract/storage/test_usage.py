"""Contract of a day's usage, which is read from the jobs."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from mosaic.jobs import lifecycle, steps
from mosaic.jobs.errors import TooManyJobs
from mosaic.jobs.model import Job
from mosaic.jobs.states import Phase, StepStatus, StepType
from mosaic.jobs.usage import DayUsage, usage_fields
from mosaic.jobs.value_objects import Result
from mosaic.money import Price, Prices
from mosaic.storage.jobs import Jobs
from tests.fakes import samples
from tests.fakes.clock import NOON

TODAY, TOMORROW = "2026-11-22", "2026-11-23"
PRICES = Prices(currency="USD", models={"gpt": Price(input=Decimal("2"), output=Decimal("8"))})


def ran(jobs: Jobs, job: Job, days: int, **result: object) -> Job:
    """Returns the job after a run that ended so many days later."""
    at = NOON + timedelta(days=days)
    begun = steps.started(job.steps, job.attempt, Phase.EXECUTION, StepType.AI_ACTION, steps.AGENT_RUN, at)
    fields = usage_fields(Result.model_validate({"model": "gpt", **result}), PRICES)
    ended = steps.ended(begun, job.attempt, steps.AGENT_RUN, StepStatus.COMPLETED, at, "done", **fields)
    after = lifecycle.change(job, at, "openclaw", steps=ended)
    jobs.save(after)
    return after


def add(jobs: Jobs, workspace: str) -> Job:
    job = samples.job(workspace_id=workspace)
    jobs.add(job)
    return job


def test_workspace_without_runs_has_no_usage(jobs: Jobs, workspace: str) -> None:
    add(jobs, workspace)
    assert jobs.usage_on(workspace, TODAY) == DayUsage(day=TODAY)


def test_usage_of_a_day_is_an_exact_sum(jobs: Jobs, workspace: str) -> None:
    for n in range(3):
        ran(jobs, add(jobs, workspace), 0, tokens_input=10**n, tokens_output=1, duration_ms=500)
    assert jobs.usage_on(workspace, TODAY) == DayUsage(
        day=TODAY,
        jobs=3,
        tokens_input=111,
        tokens_output=3,
        duration_ms=1500,
        cost={"USD": Decimal("0.000246")},
    )


def test_job_counts_on_each_day_it_ran(jobs: Jobs, workspace: str) -> None:
    first = ran(jobs, add(jobs, workspace), 0, tokens_input=1)
    failed = lifecycle.cancel(first, NOON, "token:ada")
    jobs.save(failed)
    again = lifecycle.retry(failed, NOON, "token:ada", role="member")
    jobs.save(again)
    ran(jobs, again, 1, tokens_input=10)
    assert (jobs.usage_on(workspace, TODAY).jobs, jobs.usage_on(workspace, TODAY).tokens) == (1, 1)
    assert (jobs.usage_on(workspace, TOMORROW).jobs, jobs.usage_on(workspace, TOMORROW).tokens) == (1, 10)
    assert jobs.usage_on(workspace, "2026-11-24").jobs == 0


def test_usage_reads_at_most_the_given_jobs(jobs: Jobs, workspace: str) -> None:
    for _ in range(3):
        ran(jobs, add(jobs, workspace), 0, tokens_input=1)
    assert jobs.usage_on(workspace, TODAY, 3).jobs == 3
    with pytest.raises(TooManyJobs):
        jobs.usage_on(workspace, TODAY, 2)


def test_usage_is_separate_by_workspace(jobs: Jobs, workspace: str) -> None:
    ran(jobs, add(jobs, workspace), 0, tokens_input=1)
    assert jobs.usage_on(f"{workspace}2", TODAY).tokens == 0
