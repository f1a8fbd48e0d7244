"""The webhook function's services over this deployment's stores, queues and secrets."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from mosaic import clock
from mosaic.edge.refusals import Refusals, webhook_refusals
from mosaic.services.accept_job import JobAcceptance
from mosaic.services.answer_request import RequestAnswers
from mosaic.services.authenticate_callback import CallbackAuthenticator
from mosaic.services.authenticate_webhook import WebhookAuthenticator
from mosaic.services.complete_run import RunCompletion
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.services.handle_webhook import WebhookHandler
from mosaic.services.open_job_quota import OpenJobQuota
from mosaic.storage import aws
from mosaic.storage.access import AccessStore
from mosaic.storage.claims import ClaimStore
from mosaic.storage.connections import ConnectionStore
from mosaic.storage.coordination import CoordinationStore
from mosaic.storage.event_bus import EventBus
from mosaic.storage.jobs import JobStore
from mosaic.storage.secrets import SecretStore
from webhook.settings import Settings


@dataclass(frozen=True)
class WebhookServices:
    """The services for deliveries and callbacks."""

    authenticator: WebhookAuthenticator
    handler: WebhookHandler
    completion: RunCompletion
    callbacks: CallbackAuthenticator
    bot_login: str
    refusals: Refusals = field(default_factory=webhook_refusals)


@cache
def services() -> WebhookServices:
    """Returns the services of this deployment."""
    settings = Settings()
    jobs, enqueuer = JobStore(settings.jobs_table), _enqueuer(settings)
    secrets = SecretStore(aws.client("secretsmanager"))
    access = AccessStore(settings.access_table)
    claims = ClaimStore(settings.claims_table)
    answers = RequestAnswers(EventBus.connect_briefly(settings.event_bus), clock.now)
    acceptance = JobAcceptance(
        jobs,
        claims,
        enqueuer,
        OpenJobQuota(jobs, CoordinationStore(settings.claims_table), clock.now),
        clock.now,
        clock.new_job_id,
    )
    return WebhookServices(
        authenticator=WebhookAuthenticator(
            access,
            ConnectionStore(settings.access_table),
            secrets,
            settings.webhook_secret_id,
            clock.now,
            single_tenant=settings.single_tenant,
        ),
        handler=WebhookHandler(jobs, claims, acceptance, enqueuer, answers, clock.now),
        completion=RunCompletion(jobs, enqueuer, clock.now),
        callbacks=CallbackAuthenticator(
            access, secrets, settings.callback_secret_id, settings.callback_prefix
        ),
        bot_login=settings.bot_login,
    )


def _enqueuer(settings: Settings) -> JobEnqueuer:
    return JobEnqueuer.connect(settings.queue_url, settings.urgent_queue_url)
