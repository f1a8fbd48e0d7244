"""The webhook function's flows over this deployment's stores, queue and secrets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from mosaic import aws, clock
from mosaic.access.secrets import Secrets, SecretStore
from mosaic.access.store import AccessStore
from mosaic.flows.accept import Acceptance
from mosaic.flows.admission import Admission
from mosaic.flows.finish import Finish
from mosaic.flows.listen import Listener
from mosaic.flows.waker import Waker
from mosaic.jobs.claims import ClaimStore
from mosaic.jobs.queue import connect
from mosaic.jobs.store import JobStore
from webhook.settings import Settings


@dataclass(frozen=True)
class WebhookServices:
    """All that a delivery meets: who lets it in, who listens to it, who ends a run for it."""

    admission: Admission
    listener: Listener
    finish: Finish
    secrets: Secrets
    openclaw_secret_id: str
    bot_login: str


@cache
def services() -> WebhookServices:
    """The services of this deployment."""
    settings = Settings()
    jobs, waker = JobStore(settings.jobs_table), _waker(settings)
    secrets = SecretStore(aws.client("secretsmanager"))
    access = AccessStore(settings.access_table)
    claims = ClaimStore(settings.claims_table)
    acceptance = Acceptance(jobs, claims, waker, clock.now, clock.new_job_id)
    return WebhookServices(
        admission=Admission(access, secrets, settings.webhook_secret_id, clock.now),
        listener=Listener(jobs, claims, acceptance, waker, clock.now),
        finish=Finish(jobs, waker, clock.now),
        secrets=secrets,
        openclaw_secret_id=settings.openclaw_secret_id,
        bot_login=settings.bot_login,
    )


def _waker(settings: Settings) -> Waker:
    return Waker(connect(settings.queue_url), connect(settings.urgent_queue_url))
