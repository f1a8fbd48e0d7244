"""The notifier over this deployment's jobs, coordination records, secret and forges."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache, partial

from mosaic import clock
from mosaic.forge.comments import ForgeComments
from mosaic.jobs.actors import Forge
from mosaic.services.notify_issue import IssueNotifier
from mosaic.services.write_answer import AnswerWriter
from mosaic.storage import aws
from mosaic.storage.coordination import CoordinationStore
from mosaic.storage.jobs import JobStore
from mosaic.storage.secrets import SecretStore
from notifier.settings import Settings


class NoToken(Exception):
    """The secret holds no token for a configured forge."""


@cache
def _settings() -> Settings:
    return Settings()


@cache
def _secrets() -> SecretStore:
    return SecretStore(aws.client("secretsmanager"))


@cache
def notifier() -> IssueNotifier:
    """Returns the notifier for every forge whose URL is configured."""
    settings = _settings()
    shared = CoordinationStore(settings.claims_table)
    return IssueNotifier(JobStore(settings.jobs_table), shared, _forges(), clock.now)


@cache
def answer_writer() -> AnswerWriter:
    """Returns the writer of answers for every forge whose URL is configured."""
    return AnswerWriter(CoordinationStore(_settings().claims_table), _forges(), clock.now)


def _forges() -> dict[str, Callable[[], ForgeComments]]:
    settings = _settings()
    urls: dict[Forge, str] = {
        "github": settings.github_url,
        "gitea": settings.gitea_url,
        "forgejo": settings.forgejo_url,
    }
    return {forge: partial(_comments, forge, url) for forge, url in urls.items() if url}


def _comments(forge: Forge, url: str) -> ForgeComments:
    """Returns the forge's comments, with the token that the secret holds now."""
    token = str(_secrets().get(_settings().notifier_secret_id).get(forge) or "")
    if not token:
        raise NoToken(f"the secret holds no token for {forge}")
    return _connected(forge, url, token)


@lru_cache(maxsize=4)
def _connected(forge: Forge, url: str, token: str) -> ForgeComments:
    return ForgeComments(forge, url, token, _settings().bot_login)
