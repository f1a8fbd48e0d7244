"""The stitcher over this deployment's stores, queue, secrets and gateway."""

from __future__ import annotations

from functools import cache, lru_cache

from mosaic import clock
from mosaic.access.run_tokens import run_token
from mosaic.edge.emf import EmfMeter
from mosaic.jobs.model import Job
from mosaic.openclaw.callback import token_for
from mosaic.openclaw.client import Gateway
from mosaic.openclaw.hooks import HttpHooks, ReadinessRpc
from mosaic.rails.policy import base_policies
from mosaic.services.admit_job import AdmissionControl
from mosaic.services.dispatch_intent import RunEndpoints
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.services.hooks_transport import FireAndForgetTransport
from mosaic.services.stitch_job import Stitcher
from mosaic.storage import aws
from mosaic.storage.access import AccessStore
from mosaic.storage.coordination import CoordinationStore
from mosaic.storage.jobs import JobStore
from mosaic.storage.secrets import SecretStore
from stitcher.settings import Settings

# A gateway that does not answer delays a record by two calls at most: one to remove an old run, one to
# dispatch a new one. A batch has three records, and 3 * 2 * (2 + 6) s fit into the function's minute.
CONNECT_TIMEOUT = 2.0
READ_TIMEOUT = 6.0
# Hooks may take 15 s to admit a run, and each record makes one call. 3 * (2 + 16) s fit as well.
ADMISSION_TIMEOUT = 16.0


@cache
def _settings() -> Settings:
    return Settings()


@cache
def meter() -> EmfMeter:
    """Returns the stitcher's meter, which keeps measurements until they are flushed."""
    return EmfMeter()


@cache
def _secrets() -> SecretStore:
    return SecretStore(aws.client("secretsmanager"))


def stitcher() -> Stitcher:
    """Returns the stitcher, with the gateway's token and the keys that the secret store holds now."""
    settings = _settings()
    secret = _secrets().get(settings.openclaw_secret_id)
    # A gateway with hooks only has one token, the hooks' own.
    kind = "hookToken" if settings.openclaw_mode == "hooks" else "token"
    callback_key = _secrets().get(settings.callback_secret_id)["callbackKey"]
    run_token_key = _secrets().get(settings.run_token_secret_id)["runTokenKey"]
    return _stitcher(str(secret[kind]), str(callback_key), str(run_token_key))


@lru_cache(maxsize=1)
def _stitcher(token: str, callback_key: str, run_token_key: str) -> Stitcher:
    settings = _settings()

    def endpoints(job: Job) -> RunEndpoints:
        attempt = (job.workspace_id, job.id, job.attempt)
        return RunEndpoints(
            callback_url=f"{settings.public_url}/stitcher/openclaw/{token_for(*attempt, callback_key)}",
            report_url=f"{settings.public_url}/runner-jobs/{job.id}/reports",
            report_token=run_token(*attempt, run_token_key),
        )

    jobs = JobStore(settings.jobs_table)
    gateway, hooks = _gateway(settings, token)
    enqueuer = JobEnqueuer.connect(settings.queue_url, settings.urgent_queue_url)
    return Stitcher(
        jobs=jobs,
        access=AccessStore(settings.access_table),
        gateway=gateway,
        enqueuer=enqueuer,
        admission=AdmissionControl(
            jobs, CoordinationStore(settings.claims_table), gateway, enqueuer, meter(), clock.now
        ),
        policies=base_policies(),
        endpoints=endpoints,
        clock=clock.now,
        hooks=hooks,
    )


def _gateway(settings: Settings, token: str) -> tuple[Gateway, FireAndForgetTransport | None]:
    """Returns the gateway, and its hooks when it offers nothing else."""
    url, usual = settings.openclaw_url, {"connect_timeout": CONNECT_TIMEOUT, "read_timeout": READ_TIMEOUT}
    if settings.openclaw_mode == "rpc":
        return Gateway.connect(url, token, **usual), None
    hooks = HttpHooks(url, token, connect_timeout=CONNECT_TIMEOUT, read_timeout=ADMISSION_TIMEOUT)
    return Gateway(ReadinessRpc(url, **usual)), FireAndForgetTransport(hooks, settings.openclaw_hooks_tools)
