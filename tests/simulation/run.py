"""One seed, one run: its weather and its crowd, every step judged, and everything at rest in the end."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from mosaic.jobs.model import Job
from tests.simulation.checkers.budget_model import budget
from tests.simulation.checkers.checker import Broken, Judge
from tests.simulation.simulator.cloud import Cloud
from tests.simulation.simulator.faults import Fault, Runaway, Storm, Weather
from tests.simulation.simulator.notifications import Notices
from tests.simulation.simulator.random_source import Manners
from tests.simulation.simulator.schedule import Schedule
from tests.simulation.simulator.trace import Trace
from tests.simulation.workloads import dead_letters, log_repairs
from tests.simulation.workloads.actors import People
from tests.simulation.workloads.budgets import MIDNIGHT, Spenders
from tests.simulation.workloads.ci_pipeline import Pipeline
from tests.simulation.workloads.fire_and_forget import SpeakingRuns
from tests.simulation.workloads.standing_approvals import TERMS, Givers
from tests.simulation.workloads.token_theft import Thieves
from tests.simulation.workloads.user_actions import Crowd

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
    dice = Random(seed)  # noqa: S311 - what decides has to be the same again
    schedule, trace = Schedule(), Trace()
    weather, manners = _weather(dice), _manners(dice)
    storm = Storm(schedule, trace, dice, weather)
    places = 1 if dice.random() < CROWDED else None
    spends = dice.random() < SPENDING
    gives = not spends and dice.random() < GIVING
    if spends:
        schedule.now = MIDNIGHT - dice.random() * HOUR
    cloud = Cloud(storm, manners, dice, weather.skew)
    cloud.set_up(max_running=places, **(budget(dice) if spends else TERMS if gives else {}))
    judge = Judge(cloud)
    people = People(cloud, judge.witness)
    jobs = 1 if gives else 1 + (dice.random() < TWO) + bool(places) + spends
    crowd = Crowd(people, dice, jobs)
    _others(people, crowd, dice, spends=spends, gives=gives)
    broken = _played(cloud, storm, crowd, judge, dice)
    versions = sum(len(case.versions) for case in judge.witness.cases.values())
    return Outcome(seed, broken, len(judge.witness.cases), versions, storm.count, trace)


def _others(people: People, crowd: Crowd, dice: Random, *, spends: bool, gives: bool) -> None:
    """Who else there is in this seed, and what is out of the ordinary."""
    if spends:
        Spenders(people, dice)
    elif gives:
        Givers(people, dice)
    else:
        _doors(people, dice)
    if dice.random() < STEALING:
        Thieves(people, dice)
    if dice.random() < UNRECORDABLE:
        log_repairs.by_the_dice(people, dice)
    elif dice.random() < POISONOUS:
        dead_letters.by_the_dice(people, dice)
    _issues(people, crowd, dice)
    _forges(people, crowd, dice)


def _played(cloud: Cloud, storm: Storm, crowd: Crowd, judge: Judge, dice: Random) -> str | None:
    """What broke, if anything did."""
    try:
        _live(cloud, storm, crowd, dice)
        judge.in_the_end()
    except (Broken, Runaway) as found:
        return str(found)
    except Exception as error:  # noqa: BLE001 - a seed that cannot be played is told by its number like any other
        return f"the simulation itself has failed: {error!r}"
    finally:
        cloud.schedule.close()
    return None


def _live(cloud: Cloud, storm: Storm, crowd: Crowd, dice: Random) -> None:
    schedule = cloud.schedule
    if dice.random() < 0.1:
        schedule.after(dice.random() * HOUR, cloud.replay)
    schedule.run(dice.choice((0.2, 1, 6)) * HOUR)
    cloud.trace.note(schedule.now, "", "the faults stop")
    cloud.clear()
    storm.weather = Weather({})
    crowd.awake = False
    schedule.run(PATIENCE, lambda: cloud.busy() is None)


def _doors(people: People, dice: Random) -> None:
    """One gateway in ten offers hooks only; some of these offer everything later, or some other did before."""
    if dice.random() < 0.1:
        cloud = people.cloud
        SpeakingRuns(people, dice)
        early, late = dice.choice(((True, True), (True, False), (False, True)))
        cloud.change_doors(hooked=early)
        cloud.schedule.after(dice.random() * HOUR, lambda: cloud.change_doors(hooked=late))


def _issues(people: People, crowd: Crowd, dice: Random) -> None:
    """In some deployments issues are told of their jobs, most of which come from issues there. Few comments are taken
    away by people.
    """
    if dice.random() >= TOLD:
        return
    crowd.mentions = 0.8
    cloud, notices = people.cloud, Notices(people.cloud)
    if dice.random() < AWAY:
        notices.is_away(900 * dice.random(), 900 * dice.random())

    def sees(_: Job | None, job: Job) -> None:
        if crowd.awake and dice.random() < 0.01:
            cloud.schedule.after(300 * dice.random(), lambda: takes_away(job))

    def takes_away(job: Job) -> None:
        case = people.witness.case(job.workspace_id, job.id)
        case.deleted = notices.delete(job) or case.deleted

    cloud.watchers.append(sees)


def _forges(people: People, crowd: Crowd, dice: Random) -> None:
    """In some deployments a forge reports gates, and most jobs have some."""
    if dice.random() < FORGES:
        crowd.kinds += ("gated",) * 2 * len(crowd.kinds)
        crowd.judged = Pipeline(people, dice).works_on


def _weather(dice: Random) -> Weather:
    """Each seed has faults of some kinds, at rates of its own; one in ten has none."""
    if dice.random() < 0.1:
        return Weather({})
    rates = {fault: 0.08 * dice.random() ** 2 for fault in Fault if dice.random() < 0.4}
    if Fault.LATE in rates:
        rates[Fault.LATE] *= 3  # it befalls the calls out of AWS only
    return Weather(
        rates,
        skew=dice.choice((0.0, 0.5, 5.0)),
        slowness=dice.choice((2.0, 20.0)),
        pace=dice.choice((1, 1, 30, 200)),
    )


def _manners(dice: Random) -> Manners:
    return Manners(
        twice=dice.choice((0.0, 0.0, 0.1)),
        shuffled=dice.random() < 0.5,
        late=dice.choice((0.0, 0.0, 0.05)),
        lag=dice.choice((0.0, 2.0)),
        deaf=dice.choice((0.0, 0.0, 0.3)),
        deaths=dice.choice((0.0, 0.0, 0.03)),
        away=dice.choice((1.0, 100.0, 1000.0)),
        forgets=dice.choice((0.0, 0.0, 0.5)),
        stopped=dice.choice((0.0, 0.0, 0.0, 0.1)),
        writes=dice.choice((None, None, None, 2)),
        refuses=dice.choice((0.0, 0.1)),
        remembers=dice.choice((0.0, 0.9, 0.95)),
        throttled=dice.choice((0.0, 0.0, 0.05)),
    )
