"""The services of the API, connected to the stores and queues of this deployment."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from api.settings import Settings
from api.workspace_cache import ConnectedRepositories, Workspaces
from mosaic import clock
from mosaic.access.issuer import jwt_verifier
from mosaic.edge.emf import measure_now
from mosaic.edge.refusals import Refusals, api_refusals
from mosaic.rails.policy import PolicySet, base_policies
from mosaic.services.accept_job import JobAcceptance
from mosaic.services.answer_approval import ApprovalAnswers
from mosaic.services.authenticate_caller import Authenticator
from mosaic.services.connect_repository import RepositoryConnections
from mosaic.services.control_job import JobControl
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.services.limit_waits import WaitLimiter
from mosaic.services.manage_tokens import TokenManager
from mosaic.services.open_job_quota import OpenJobQuota
from mosaic.services.redrive_dead_letters import DeadLetterRedrive
from mosaic.services.verify_log import LogVerifier
from mosaic.services.wait_queue import WaitQueue
from mosaic.storage.access import Access, AccessStore
from mosaic.storage.claims import ClaimStore
from mosaic.storage.connections import ConnectionStore
from mosaic.storage.coordination import Coordination, CoordinationStore
from mosaic.storage.dead_letters import DeadLetterQueue
from mosaic.storage.event_log import EventLog, EventStore
from mosaic.storage.job_queue import connect
from mosaic.storage.jobs import Jobs, JobStore
from mosaic.storage.repair_queue import RepairQueue, Repairs


@dataclass(frozen=True)
class ApiServices:
    """The services and stores that routes use."""

    jobs: Jobs
    events: EventLog
    audit: LogVerifier
    access: Access
    workspaces: Workspaces
    repositories: ConnectedRepositories
    tokens: TokenManager
    connections: Callable[[], RepositoryConnections]
    single_tenant: bool
    ci_issuers: tuple[str, ...]
    acceptance: JobAcceptance
    control: JobControl
    repairs: Repairs
    redrive: DeadLetterRedrive
    approvals: ApprovalAnswers
    wait_queue: WaitQueue
    shared: Coordination
    waits: WaitLimiter
    authenticator: Authenticator
    policies: Callable[[], PolicySet]
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    refusals: Refusals = field(default_factory=api_refusals)


@cache
def services() -> ApiServices:
    """Returns the services of this deployment."""
    settings = Settings()
    jobs, enqueuer = JobStore(settings.jobs_table), _enqueuer(settings)
    access = AccessStore(settings.access_table)
    events = EventStore(settings.events_table)
    control = JobControl(jobs, enqueuer, clock.now)
    shared = CoordinationStore(settings.claims_table)
    return ApiServices(
        jobs=jobs,
        events=events,
        audit=LogVerifier(jobs, events, clock.now),
        access=access,
        workspaces=Workspaces(access, clock.now),
        repositories=ConnectedRepositories(access, clock.now),
        tokens=TokenManager(access, clock.now, clock.new_job_id, measure_now),
        connections=_connections,
        single_tenant=settings.single_tenant,
        ci_issuers=settings.allowed_ci_issuers,
        acceptance=JobAcceptance(
            jobs,
            ClaimStore(settings.claims_table),
            enqueuer,
            OpenJobQuota(jobs, shared, clock.now),
            clock.now,
            clock.new_job_id,
        ),
        control=control,
        repairs=RepairQueue.connect(settings.repair_queue_url),
        redrive=DeadLetterRedrive(
            jobs,
            control,
            connect(settings.queue_url),
            DeadLetterQueue.connect(settings.dead_letter_queue_url),
        ),
        approvals=ApprovalAnswers(jobs, access, enqueuer, clock.now),
        wait_queue=WaitQueue(jobs, enqueuer, clock.now),
        shared=shared,
        waits=WaitLimiter(shared, clock.now),
        # For `GET /health`, which reads the token itself. Tokens of runs do not count there.
        authenticator=Authenticator(access, tuple, jwt_verifier(settings), clock.now, records_last_use=False),
        policies=base_policies,
        clock=clock.now,
        sleep=time.sleep,
    )


@cache
def _connections() -> RepositoryConnections:
    """Returns the connections, whose client costs time that few requests need."""
    from mosaic.storage import aws
    from mosaic.storage.secrets import SecretStore

    settings = Settings()
    return RepositoryConnections(
        ConnectionStore(settings.access_table),
        SecretStore(aws.client("secretsmanager")),
        settings.connection_prefix,
        clock.now,
        clock.new_job_id,
    )


def _enqueuer(settings: Settings) -> JobEnqueuer:
    return JobEnqueuer.connect(settings.queue_url, settings.urgent_queue_url)
