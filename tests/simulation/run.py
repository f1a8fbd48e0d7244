"""Runs one seed: faults and workloads first, then a healed system that has to come to rest."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from tests.simulation.checkers.checker import Checker, InvariantViolation
from tests.simulation.random_setup import HOUR, add_workloads, random_behavior, random_faults
from tests.simulation.simulator.cloud import Cloud
from tests.simulation.simulator.faults import FaultProfile, RandomFaultInjector, TooManyCalls
from tests.simulation.simulator.schedule import Schedule
from tests.simulation.simulator.trace import Trace
from tests.simulation.workloads import public_issues
from tests.simulation.workloads.actors import Actors
from tests.simulation.workloads.budgets import MIDNIGHT, random_budget
from tests.simulation.workloads.standing_approvals import WORKSPACE_FIELDS
from tests.simulation.workloads.user_actions import UserActionsWorkload

# After the faults, everything has to end within this time. Approvals wait for three days, and gates for four
# hours. The gateway's removals take up to an hour, and log repairs two and a half days.
MAX_RECOVERY = 8 * 24 * HOUR
# The rates of seeds with one slot and a second job, and of other seeds with a second job.
ONE_SLOT, SECOND_JOB = 0.17, 0.06
# The rates of seeds with a daily budget, and of the others with standing approvals.
BUDGETS, STANDING_APPROVALS = 0.025, 0.02
# The rate of other seeds with strangers and members on issues of a public repository.
PUBLIC_ISSUES = 0.1


@dataclass(frozen=True)
class Outcome:
    """The outcome of a seed: the first violation or None, the size of the run, and its trace."""

    seed: int
    violation: str | None
    jobs: int
    versions: int
    calls: int
    trace: Trace


def simulate(seed: int) -> Outcome:
    """Runs one seed."""
    random = Random(seed)  # noqa: S311 - a seed has to give the same numbers again
    schedule, trace = Schedule(), Trace()
    faults, behavior = random_faults(random), random_behavior(random)
    fault_injector = RandomFaultInjector(schedule, trace, random, faults)
    slots = 1 if random.random() < ONE_SLOT else None
    with_budget = random.random() < BUDGETS
    with_standing_approvals = not with_budget and random.random() < STANDING_APPROVALS
    with_issues = not (with_budget or with_standing_approvals) and random.random() < PUBLIC_ISSUES
    if with_budget:
        schedule.now = MIDNIGHT - random.random() * HOUR
    cloud = Cloud(fault_injector, behavior, random, faults.skew)
    fields = random_budget(random) if with_budget else WORKSPACE_FIELDS if with_standing_approvals else {}
    if with_issues:
        fields = public_issues.random_fields(random)
    cloud.configure_workspace(max_running=slots, **fields)
    checker = Checker(cloud)
    actors = Actors(cloud, checker.history)
    jobs = 1 if with_standing_approvals else 1 + (random.random() < SECOND_JOB) + bool(slots) + with_budget
    user_actions = UserActionsWorkload(actors, random, jobs)
    add_workloads(
        actors,
        user_actions,
        random,
        with_budget=with_budget,
        with_standing_approvals=with_standing_approvals,
        with_issues=with_issues,
    )
    violation = _run(cloud, fault_injector, user_actions, checker, random)
    versions = sum(len(observed.versions) for observed in checker.history.observed_jobs.values())
    return Outcome(seed, violation, len(checker.history.observed_jobs), versions, fault_injector.count, trace)


def _run(
    cloud: Cloud,
    fault_injector: RandomFaultInjector,
    user_actions: UserActionsWorkload,
    checker: Checker,
    random: Random,
) -> str | None:
    """Returns the first violation, if any."""
    try:
        _run_to_rest(cloud, fault_injector, user_actions, random)
        checker.at_end()
    except (InvariantViolation, TooManyCalls) as violation:
        return str(violation)
    except Exception as error:  # noqa: BLE001 - an error of the simulation is reported with its seed
        return f"the simulation has failed: {error!r}"
    finally:
        cloud.schedule.close()
    return None


def _run_to_rest(
    cloud: Cloud, fault_injector: RandomFaultInjector, user_actions: UserActionsWorkload, random: Random
) -> None:
    """Runs with faults for a while, heals the system, and waits until it is at rest."""
    schedule = cloud.schedule
    if random.random() < 0.1:
        schedule.after(random.random() * HOUR, cloud.replay)
    schedule.run(random.choice((0.2, 1, 6)) * HOUR)
    cloud.trace.record(schedule.now, "", "the faults stop")
    cloud.heal()
    fault_injector.fault_profile = FaultProfile({})
    user_actions.is_active = False
    schedule.run(MAX_RECOVERY, lambda: cloud.pending_work() is None)
