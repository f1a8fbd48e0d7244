"""Forgejo's webhooks: https://forgejo.org/docs/latest/user/webhooks.

Forgejo sends Gitea's payloads under headers of its own, beside the headers of Gitea, Gogs and GitHub.
"""

from collections.abc import Mapping

from mosaic.forge import gitea
from mosaic.forge.event_handlers import header
from mosaic.forge.intent import Intent
from mosaic.forge.payload import repository_of as repository_of


def event_of(headers: Mapping[str, str]) -> str:
    """Returns the specific event name, else the general one, or "" if the headers have none."""
    return header(headers, "x-forgejo-event-type", "x-forgejo-event")


def parse(event: str, payload: object, bot: str) -> Intent:
    """Returns the intent of a delivery for the bot with the login `bot`. Raises PayloadError."""
    return gitea.parse(event, payload, bot, "forgejo")
