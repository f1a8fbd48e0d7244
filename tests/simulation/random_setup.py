"""The random setup of a seed: faults, behavior of the services, and workloads."""

from __future__ import annotations

from random import Random

from mosaic.jobs.model import Job
from tests.simulation.simulator.faults import Fault, FaultProfile
from tests.simulation.simulator.notifications import Notifications
from tests.simulation.simulator.random_source import ServiceBehavior
from tests.simulation.workloads import dead_letters, log_repairs
from tests.simulation.workloads.actors import PUSHING_KINDS, Actors
from tests.simulation.workloads.budgets import BudgetWorkload
from tests.simulation.workloads.ci_pipeline import CiPipelineWorkload
from tests.simulation.workloads.fire_and_forget import ReportingRuns
from tests.simulation.workloads.public_issues import PublicIssuesWorkload
from tests.simulation.workloads.standing_approvals import StandingApprovalWorkload
from tests.simulation.workloads.token_theft import TokenTheftWorkload
from tests.simulation.workloads.user_actions import UserActionsWorkload

HOUR = 3600.0
# The rates of seeds with a workload, from 0 to 1. Dead letters are only for seeds without log repairs.
TOKEN_THEFTS = 0.05
LOG_REPAIRS = 0.05
DEAD_LETTERS = 0.03
HOOKS_ONLY = 0.1
NOTIFICATIONS = 0.05
FORGE_OUTAGES = 0.5
CI_PIPELINES = 0.2


def random_faults(random: Random) -> FaultProfile:
    """Returns rates for a random choice of faults; one seed in ten has none."""
    if random.random() < 0.1:
        return FaultProfile({})
    rates = {fault: 0.08 * random.random() ** 2 for fault in Fault if random.random() < 0.4}
    if Fault.DELAYED in rates:
        rates[Fault.DELAYED] *= 3  # it applies only to calls to the gateway and the forge
    return FaultProfile(
        rates,
        skew=random.choice((0.0, 0.5, 5.0)),
        slowness=random.choice((2.0, 20.0)),
        latency_factor=random.choice((1, 1, 30, 200)),
    )


def random_behavior(random: Random) -> ServiceBehavior:
    """Returns random rates of what the services may do within their guarantees."""
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


def add_workloads(
    actors: Actors,
    user_actions: UserActionsWorkload,
    random: Random,
    *,
    with_budget: bool,
    with_standing_approvals: bool,
    with_issues: bool,
) -> None:
    """Adds random workloads beside the user actions."""
    if with_budget:
        BudgetWorkload(actors, random)
    elif with_standing_approvals:
        StandingApprovalWorkload(actors, random)
    elif with_issues:
        PublicIssuesWorkload(actors, random)
    else:
        _add_hooks_transport(actors, random)
    if random.random() < TOKEN_THEFTS:
        TokenTheftWorkload(actors, random)
    if random.random() < LOG_REPAIRS:
        log_repairs.random_workload(actors, random)
    elif random.random() < DEAD_LETTERS:
        dead_letters.random_workload(actors, random)
    _add_notifications(actors, user_actions, random)
    _add_ci_pipeline(actors, user_actions, random)


def _add_hooks_transport(actors: Actors, random: Random) -> None:
    """Some gateways offer hooks alone: always, at first, or from some time on."""
    if random.random() < HOOKS_ONLY:
        cloud = actors.cloud
        ReportingRuns(actors, random)
        early, late = random.choice(((True, True), (True, False), (False, True)))
        cloud.set_transport(hooks_only=early)
        cloud.schedule.after(random.random() * HOUR, lambda: cloud.set_transport(hooks_only=late))


def _add_notifications(actors: Actors, user_actions: UserActionsWorkload, random: Random) -> None:
    """Some deployments have a notifier. Most of their jobs come from issues, and people delete few comments."""
    if random.random() >= NOTIFICATIONS:
        return
    user_actions.mention_rate = 0.8
    cloud, notifications = actors.cloud, Notifications(actors.cloud)
    if random.random() < FORGE_OUTAGES:
        notifications.take_forge_down(900 * random.random(), 900 * random.random())

    def on_version(_: Job | None, job: Job) -> None:
        if user_actions.is_active and random.random() < 0.01:
            cloud.schedule.after(300 * random.random(), lambda: delete_comment(job))

    def delete_comment(job: Job) -> None:
        observed = actors.history.job(job.workspace_id, job.id)
        observed.comment_deleted = notifications.delete(job) or observed.comment_deleted

    cloud.version_listeners.append(on_version)


def _add_ci_pipeline(actors: Actors, user_actions: UserActionsWorkload, random: Random) -> None:
    """In some deployments a forge reports gates, and most jobs have gates."""
    if random.random() < CI_PIPELINES:
        user_actions.kinds += (*("gated",) * 2 * len(user_actions.kinds), *PUSHING_KINDS, *PUSHING_KINDS)
        user_actions.report_gates = CiPipelineWorkload(actors, random).on_running
