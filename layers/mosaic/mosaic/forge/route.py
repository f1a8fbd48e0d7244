"""From the name of an event to the code that reads it; the same for both forges."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mosaic.forge.errors import PayloadError
from mosaic.forge.intent import Ignored, Intent, Provider
from mosaic.forge.mention import is_bot
from mosaic.forge.payload import Delivery, read


@dataclass(frozen=True)
class Source:
    """Where a delivery comes from, who caused it, and the login of the bot it may be meant for."""

    provider: Provider
    repository: str
    actor: str
    bot: str


Handler = Callable[[Mapping[str, object], Source], Intent]

Handlers = Mapping[tuple[str, str | None], Handler]
"""Who reads which (event, action); the action is None for events that have none."""

_PRINTABLE = re.compile(r"[A-Za-z_.]{1,64}")


def route(provider: Provider, handlers: Handlers, event: str, payload: object, bot: str) -> Intent:
    """Hand `payload` to the handler of its event and action; what no handler is for is ignored, unread.

    Raises PayloadError.
    """
    if not isinstance(payload, Mapping):
        raise PayloadError("body", "should be an object")
    if event == "ping":
        return Ignored(reason="ping")
    action = _action(handlers, event, payload)
    handler = handlers.get((event, action))
    if handler is None:
        name = f"{event}.{action}" if action else event
        shown = name if _PRINTABLE.fullmatch(name) else "sent"
        return Ignored(reason=f"the event {shown} is not one that creates work")
    delivery = read(Delivery, payload)
    return handler(payload, Source(provider, delivery.repository.full_name, delivery.sender.login, bot))


def by_others(handler: Handler) -> Handler:
    """Return `handler` for what others than the bot do: the bot's own doings ask nothing of it."""

    def handle(payload: Mapping[str, object], source: Source) -> Intent:
        if is_bot(source.actor, source.bot):
            return Ignored(reason="sent by the bot itself")
        return handler(payload, source)

    return handle


def header(headers: Mapping[str, str], *names: str) -> str:
    """Return the first of the headers `names` (in lower case) that is there and not empty, else ""."""
    found = {name.lower(): value for name, value in headers.items()}
    return next((found[name] for name in names if found.get(name)), "")


def _action(handlers: Handlers, event: str, payload: Mapping[str, object]) -> str | None:
    """The payload's action, if its event has any. Required where we are going to decide on it."""
    if (event, None) in handlers:
        return None
    action = payload.get("action")
    if isinstance(action, str):
        return action
    if any(event == known for known, _ in handlers):
        raise PayloadError("action", "should be a string")
    return None
