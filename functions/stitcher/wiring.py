"""The stitcher over this deployment's stores, queue, secrets and gateway."""

from __future__ import annotations

from functools import cache, lru_cache

import boto3

from mosaic import clock
from mosaic.access.run_tokens import run_token
from mosaic.access.secrets import SecretStore
from mosaic.access.store import AccessStore
from mosaic.edge.emf import EmfMeter
from mosaic.flows.orders import Addresses
from mosaic.flows.stitch import Stitcher
from mosaic.flows.turns import Turns
from mosaic.flows.waker import Waker
from mosaic.jobs.model import Job
from mosaic.jobs.queue import connect
from mosaic.jobs.shared import SharedStore
from mosaic.jobs.store import JobStore
from mosaic.openclaw.callback import token_for
from mosaic.openclaw.client import Gateway
from mosaic.rails.policy import base_policies
from stitcher.settings import Settings

# Three records of a batch, each with the two calls that a late order needs, fit into the function's minute.
READ_TIMEOUT = 6.0


@cache
def _settings() -> Settings:
    return Settings()


@cache
def meter() -> EmfMeter:
    """What the stitcher measures, until it is written."""
    return EmfMeter()


@cache
def _secrets() -> SecretStore:
    return SecretStore(boto3.client("secretsmanager"))


def stitcher() -> Stitcher:
    """The stitcher with the gateway's token and the callback key as the secret store has them now."""
    secret = _secrets().get(_settings().openclaw_secret_id)
    return _stitcher(str(secret["token"]), str(secret["callbackKey"]))


@lru_cache(maxsize=1)
def _stitcher(token: str, callback_key: str) -> Stitcher:
    settings = _settings()

    def addresses(job: Job) -> Addresses:
        attempt = (job.workspace_id, job.id, job.attempt)
        return Addresses(
            callback_url=f"{settings.public_url}/stitcher/openclaw/{token_for(*attempt, callback_key)}",
            report_url=f"{settings.public_url}/runner-jobs/{job.id}/reports",
            report_token=run_token(*attempt, callback_key),
        )

    jobs = JobStore(settings.jobs_table)
    gateway = Gateway.connect(settings.openclaw_url, token, read_timeout=READ_TIMEOUT)
    waker = Waker(connect(settings.queue_url), connect(settings.urgent_queue_url))
    return Stitcher(
        jobs=jobs,
        access=AccessStore(settings.access_table),
        gateway=gateway,
        waker=waker,
        turns=Turns(jobs, SharedStore(settings.claims_table), gateway, waker, meter(), clock.now),
        policies=base_policies(),
        addresses=addresses,
        clock=clock.now,
    )
