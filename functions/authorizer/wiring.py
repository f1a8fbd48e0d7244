"""The authenticator over this deployment's table, secret and issuer.

Modules that only some tokens need are imported at the first such token. They cost more than the rest of a
cold start.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from authorizer.settings import Settings
from mosaic import clock
from mosaic.access.issuer import ci_verifier, jwt_verifier
from mosaic.services.authenticate_caller import Authenticator
from mosaic.storage import aws
from mosaic.storage.access import AccessStore
from mosaic.storage.dynamodb import Timeouts

if TYPE_CHECKING:
    from mosaic.storage.secrets import SecretStore

# The read of a token and the update of its last use fit into the function's timeout, even when each is tried
# twice.
HURRIED = Timeouts(connect=0.5, read=1.2, retries=1)


@cache
def authenticator() -> Authenticator:
    """Returns the authenticator of this deployment."""
    settings = _settings()
    access = AccessStore(settings.access_table, HURRIED)
    return Authenticator(
        access, run_keys, jwt_verifier(settings), clock.now, ci_verifier=ci_verifier(settings)
    )


def run_keys() -> tuple[str, ...]:
    """Returns the keys that sign the tokens of runs, at most a minute old."""
    from mosaic.storage.secrets import valid_values

    return valid_values(_secrets().get(_settings().run_token_secret_id), "runTokenKey")


@cache
def _settings() -> Settings:
    return Settings()


@cache
def _secrets() -> SecretStore:
    from botocore.config import Config

    from mosaic.storage.secrets import SecretStore

    hurried = Config(
        connect_timeout=HURRIED.connect, read_timeout=HURRIED.read, retries={"total_max_attempts": 2}
    )
    return SecretStore(aws.client("secretsmanager", hurried))
