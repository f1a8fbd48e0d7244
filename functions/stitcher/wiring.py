"""The stitcher over this deployment's stores, queue, secrets and gateway."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from mosaic import clock
from mosaic.access.run_tokens import run_token
from mosaic.edge.emf import EmfMeter
from mosaic.jobs.model import Job
from mosaic.openclaw.callback import token_for
from mosaic.openclaw.client import Gateway
from mosaic.openclaw.hooks import HttpHooks, ReadinessRpc
from mosaic.rails.policy import base_policies
from mosaic.safe_urls import SafeUrl
from mosaic.services.admit_job import AdmissionControl
from mosaic.services.configure_workspace import current_workspace
from mosaic.services.dispatch_intent import RunEndpoints
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.services.hooks_transport import FireAndForgetTransport
from mosaic.services.stitch_job import Stitcher
from mosaic.storage import aws
from mosaic.storage.access import AccessStore
from mosaic.storage.coordination import CoordinationStore
from mosaic.storage.jobs import JobStore
from mosaic.storage.secrets import SecretStore, SecretUnavailable
from stitcher.settings import Settings

# A gateway that does not answer delays a record by two calls at most: one to remove an old run, one to
# dispatch a new one. A batch has three records, and 3 * 2 * (2 + 6) s fit into the function's minute.
CONNECT_TIMEOUT = 2.0
READ_TIMEOUT = 6.0
# Hooks may take 15 s to admit a run, and each record makes one call. 3 * (2 + 16) s fit as well.
ADMISSION_TIMEOUT = 16.0
# A process keeps the connections to this many gateways.
MAX_GATEWAYS = 16
_SAFE_URL: TypeAdapter[str] = TypeAdapter(SafeUrl)


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


@cache
def _access() -> AccessStore:
    return AccessStore(_settings().access_table)


def stitcher_of(workspace_id: str) -> Stitcher:
    """Returns the stitcher with the workspace's gateway, and the tokens and keys that the secret store holds now.

    Raises SecretUnavailable for a gateway without a secret.
    """
    settings, name = _settings(), current_workspace(_access(), workspace_id).gateway
    url, secret = settings.openclaw_url, _secrets().get(_secret_id(settings, name))
    if name:
        url = _url_of(name, secret)
    # A gateway with hooks only has one token, the hooks' own.
    kind = "hookToken" if settings.openclaw_mode == "hooks" else "token"
    callback_key = _secrets().get(settings.callback_secret_id)["callbackKey"]
    run_token_key = _secrets().get(settings.run_token_secret_id)["runTokenKey"]
    return _stitcher(name, url, str(secret[kind]), str(callback_key), str(run_token_key))


def _secret_id(settings: Settings, gateway: str | None) -> str:
    return f"{settings.gateway_prefix}{gateway}" if gateway else settings.openclaw_secret_id


def _url_of(gateway: str, secret: Mapping[str, Any]) -> str:
    try:
        return _SAFE_URL.validate_python(secret.get("url"))
    except ValidationError as error:
        raise SecretUnavailable(f"the secret of the gateway {gateway} has no safe url") from error


@lru_cache(maxsize=MAX_GATEWAYS)
def _stitcher(
    gateway_name: str | None, url: str, token: str, callback_key: str, run_token_key: str
) -> Stitcher:
    settings = _settings()

    def endpoints(job: Job) -> RunEndpoints:
        attempt = (job.workspace_id, job.id, job.attempt)
        return RunEndpoints(
            callback_url=f"{settings.public_url}/stitcher/openclaw/{token_for(*attempt, callback_key)}",
            report_url=f"{settings.public_url}/runner-jobs/{job.id}/reports",
            report_token=run_token(*attempt, run_token_key),
        )

    jobs = JobStore(settings.jobs_table)
    gateway, hooks = _gateway(settings, url, token)
    enqueuer = JobEnqueuer.connect(settings.queue_url, settings.urgent_queue_url)
    return Stitcher(
        jobs=jobs,
        access=_access(),
        gateway=gateway,
        enqueuer=enqueuer,
        admission=AdmissionControl(
            jobs,
            CoordinationStore(settings.claims_table),
            gateway,
            enqueuer,
            meter(),
            clock.now,
            gateway_name,
        ),
        policies=base_policies(),
        endpoints=endpoints,
        clock=clock.now,
        hooks=hooks,
    )


def _gateway(settings: Settings, url: str, token: str) -> tuple[Gateway, FireAndForgetTransport | None]:
    """Returns the gateway, and its hooks when it offers nothing else."""
    usual = {"connect_timeout": CONNECT_TIMEOUT, "read_timeout": READ_TIMEOUT}
    if settings.openclaw_mode == "rpc":
        return Gateway.connect(url, token, **usual), None
    hooks = HttpHooks(url, token, connect_timeout=CONNECT_TIMEOUT, read_timeout=ADMISSION_TIMEOUT)
    return Gateway(ReadinessRpc(url, **usual)), FireAndForgetTransport(hooks, settings.openclaw_hooks_tools)
