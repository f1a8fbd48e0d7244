"""The authenticator over this deployment's table, secret and issuer.

What only some tokens need is imported when the first of them comes: it costs more than all the rest of a cold start.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from authorizer.authenticator import Authenticator, ByJwt
from authorizer.settings import Settings
from mosaic import clock
from mosaic.access.store import AccessStore
from mosaic.dynamo import Patience

if TYPE_CHECKING:
    from datetime import datetime

    from mosaic.access.model import Principal
    from mosaic.access.secrets import SecretStore

# A read and the note of a token's use fit into the function's time, even when each is tried twice.
HURRIED = Patience(connect=0.5, read=1.2, retries=1)


@cache
def authenticator() -> Authenticator:
    """The authenticator of this deployment."""
    settings = _settings()
    by_jwt = _by_jwt(settings) if settings.oidc_issuer else None
    return Authenticator(AccessStore(settings.access_table, HURRIED), run_keys, by_jwt, clock.now)


def run_keys() -> tuple[str, ...]:
    """The keys that tokens of runs are made with, at most a minute old."""
    return (str(_secrets().get(_settings().openclaw_secret_id)["callbackKey"]),)


@cache
def _settings() -> Settings:
    return Settings()


@cache
def _secrets() -> SecretStore:
    import boto3
    from botocore.config import Config

    from mosaic.access.secrets import SecretStore

    hurried = Config(
        connect_timeout=HURRIED.connect, read_timeout=HURRIED.read, retries={"total_max_attempts": 2}
    )
    return SecretStore(boto3.client("secretsmanager", config=hurried))


def _by_jwt(settings: Settings) -> ByJwt:
    @cache
    def issuer() -> ByJwt:
        import urllib3

        from mosaic.access import jwks, oidc

        pool = urllib3.PoolManager(maxsize=1)
        keys = jwks.IssuerKeys(settings.oidc_issuer, lambda url: jwks.fetch_json(pool, url))
        trust = oidc.Trust(
            issuer=settings.oidc_issuer,
            audience=settings.oidc_audience,
            workspace_claim=settings.oidc_workspace_claim,
            role_claim=settings.oidc_role_claim,
        )
        return lambda bearer, now: oidc.principal(bearer, trust, keys, now)

    def ask(bearer: str, now: datetime) -> Principal | None:
        return issuer()(bearer, now)

    return ask
