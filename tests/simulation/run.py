"""One seed, one run: its weather and its crowd, every step judged, and everything at rest in the end."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from mosaic.jobs.model import Job
from tests.simulation.checkers.checker import Checker, InvariantViolation
from tests.simulation.simulator.cloud import Cloud
from tests.simulation.simulator.faults import Fault, FaultProfile, RandomFaultInjector, TooManyCalls
from tests.simulation.simulator.notifications import Notifications
from tests.simulation.simulator.random_source import ServiceBehavior
from tests.simulation.simulator.schedule import Schedule
from tests.simulation.simulator.trace import Trace
from tests.simulation.workloads import dead_letters, log_repairs
from tests.simulation.workloads.actors import Actors
from tests.simulation.workloads.budgets import MIDNIGHT, BudgetWorkload, random_budget
from tests.simulation.workloads.ci_pipeline import CiPipelineWorkload
from tests.simulation.workloads.fire_and_forget import ReportingRuns
from tests.simulation.workloads.standing_approvals import WORKSPACE_FIELDS, StandingApprovalWorkload
from tests.simulation.workloads.token_theft import TokenTheftWorkload
from tests.simulation.workloads.user_actions import UserActionsWorkload

HOUR = 3600.0
# When faults have stopped, everything ends within this: approvals wait for three days, gates for four hours, the
# gateway is asked to forget for one, and what cannot be recorded is mended within two and a half.
PATIENCE = 8 * 24 * HOUR
# In how many seeds only one run may go on at a time and one more job waits; in how many there is one more anyway.
CROWDED, TWO = 0.17, 0.06
# In how many runs some versions cannot be recorded.
UNRECORDABLE = 0.05
# In how many of the others a job cannot be worked on for a while.
POISONOUS = 0.03
# In how many of the seeds tokens come and go, a day has a budget, and what is approved stands.
STEALING, SPENDING, GIVING = 0.05, 0.025, 0.02
# How many deployments have a notifier.
TOLD = 0.05
# To how many of them the forge cannot be reached for a while.
AWAY = 0.5
# In how many deployments a forge reports gates.
FORGES = 0.2


@dataclass(frozen=True)
class Outcome:
    """What came of a seed: what broke, or None, and how it went."""

    seed: int
    broken: str | None
    jobs: int
    versions: int
    calls: int
    trace: Trace


def simulate(seed: int) -> Outcome:
    """Run one seed."""
    random = Random(seed)  # noqa: S311 - what decides has to be the same again
    schedule, trace = Schedule(), Trace()
    fault_profile, behavior = _fault_profile(random), _behavior(random)
    fault_injector = RandomFaultInjector(schedule, trace, random, fault_profile)
    places = 1 if random.random() < CROWDED else None
    spends = random.random() < SPENDING
    gives = not spends and random.random() < GIVING
    if spends:
        schedule.now = MIDNIGHT - random.random() * HOUR
    cloud = Cloud(fault_injector, behavior, random, fault_profile.skew)
    cloud.configure_workspace(
        max_running=places, **(random_budget(random) if spends else WORKSPACE_FIELDS if gives else {})
    )
    checker = Checker(cloud)
    actors = Actors(cloud, checker.history)
    jobs = 1 if gives else 1 + (random.random() < TWO) + bool(places) + spends
    user_actions = UserActionsWorkload(actors, random, jobs)
    _others(actors, user_actions, random, spends=spends, gives=gives)
    broken = _played(cloud, fault_injector, user_actions, checker, random)
    versions = sum(len(observed.versions) for observed in checker.history.observed_jobs.values())
    return Outcome(seed, broken, len(checker.history.observed_jobs), versions, fault_injector.count, trace)


def _others(
    actors: Actors, user_actions: UserActionsWorkload, random: Random, *, spends: bool, gives: bool
) -> None:
    """Who else there is in this seed, and what is out of the ordinary."""
    if spends:
        BudgetWorkload(actors, random)
    elif gives:
        StandingApprovalWorkload(actors, random)
    else:
        _doors(actors, random)
    if random.random() < STEALING:
        TokenTheftWorkload(actors, random)
    if random.random() < UNRECORDABLE:
        log_repairs.by_the_dice(actors, random)
    elif random.random() < POISONOUS:
        dead_letters.by_the_dice(actors, random)
    _issues(actors, user_actions, random)
    _forges(actors, user_actions, random)


def _played(
    cloud: Cloud,
    fault_injector: RandomFaultInjector,
    user_actions: UserActionsWorkload,
    checker: Checker,
    random: Random,
) -> str | None:
    """What broke, if anything did."""
    try:
        _live(cloud, fault_injector, user_actions, random)
        checker.at_end()
    except (InvariantViolation, TooManyCalls) as found:
        return str(found)
    except Exception as error:  # noqa: BLE001 - a seed that cannot be played is told by its number like any other
        return f"the simulation itself has failed: {error!r}"
    finally:
        cloud.schedule.close()
    return None


def _live(
    cloud: Cloud, fault_injector: RandomFaultInjector, user_actions: UserActionsWorkload, random: Random
) -> None:
    schedule = cloud.schedule
    if random.random() < 0.1:
        schedule.after(random.random() * HOUR, cloud.replay)
    schedule.run(random.choice((0.2, 1, 6)) * HOUR)
    cloud.trace.record(schedule.now, "", "the faults stop")
    cloud.heal()
    fault_injector.fault_profile = FaultProfile({})
    user_actions.awake = False
    schedule.run(PATIENCE, lambda: cloud.pending_work() is None)


def _doors(actors: Actors, random: Random) -> None:
    """One gateway in ten offers hooks only; some of these offer everything later, or some other did before."""
    if random.random() < 0.1:
        cloud = actors.cloud
        ReportingRuns(actors, random)
        early, late = random.choice(((True, True), (True, False), (False, True)))
        cloud.set_transport(hooks_only=early)
        cloud.schedule.after(random.random() * HOUR, lambda: cloud.set_transport(hooks_only=late))


def _issues(actors: Actors, user_actions: UserActionsWorkload, random: Random) -> None:
    """In some deployments issues are told of their jobs, most of which come from issues there. Few comments are taken
    away by people.
    """
    if random.random() >= TOLD:
        return
    user_actions.mentions = 0.8
    cloud, notifications = actors.cloud, Notifications(actors.cloud)
    if random.random() < AWAY:
        notifications.take_forge_down(900 * random.random(), 900 * random.random())

    def sees(_: Job | None, job: Job) -> None:
        if user_actions.awake and random.random() < 0.01:
            cloud.schedule.after(300 * random.random(), lambda: takes_away(job))

    def takes_away(job: Job) -> None:
        observed = actors.history.job(job.workspace_id, job.id)
        observed.comment_deleted = notifications.delete(job) or observed.comment_deleted

    cloud.version_listeners.append(sees)


def _forges(actors: Actors, user_actions: UserActionsWorkload, random: Random) -> None:
    """In some deployments a forge reports gates, and most jobs have some."""
    if random.random() < FORGES:
        user_actions.kinds += ("gated",) * 2 * len(user_actions.kinds)
        user_actions.judged = CiPipelineWorkload(actors, random).works_on


def _fault_profile(random: Random) -> FaultProfile:
    """Each seed has faults of some kinds, at rates of its own; one in ten has none."""
    if random.random() < 0.1:
        return FaultProfile({})
    rates = {fault: 0.08 * random.random() ** 2 for fault in Fault if random.random() < 0.4}
    if Fault.DELAYED in rates:
        rates[Fault.DELAYED] *= 3  # it befalls the calls out of AWS only
    return FaultProfile(
        rates,
        skew=random.choice((0.0, 0.5, 5.0)),
        slowness=random.choice((2.0, 20.0)),
        latency_factor=random.choice((1, 1, 30, 200)),
    )


def _behavior(random: Random) -> ServiceBehavior:
    return ServiceBehavior(
        duplicates=random.choice((0.0, 0.0, 0.1)),
        reordering=random.random() < 0.5,
        delays=random.choice((0.0, 0.0, 0.05)),
        index_lag=random.choice((0.0, 2.0)),
        lost_callbacks=random.choice((0.0, 0.0, 0.3)),
        gateway_crashes=random.choice((0.0, 0.0, 0.03)),
        gateway_downtime=random.choice((1.0, 100.0, 1000.0)),
        disk_losses=random.choice((0.0, 0.0, 0.5)),
        operator_stops=random.choice((0.0, 0.0, 0.0, 0.1)),
        writes_per_minute=random.choice((None, None, None, 2)),
        bus_refusals=random.choice((0.0, 0.1)),
        authorizer_cache_hits=random.choice((0.0, 0.9, 0.95)),
        authorizer_throttles=random.choice((0.0, 0.0, 0.05)),
    )
