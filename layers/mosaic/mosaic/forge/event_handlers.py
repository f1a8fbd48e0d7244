"""Routes deliveries to the parser of their event; the same for both forges."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mosaic.forge.errors import PayloadError
from mosaic.forge.intent import Ignored, Intent, Provider
from mosaic.forge.mention import is_bot
from mosaic.forge.payload import Delivery, User, parse_payload

UNKNOWN_ACTOR = "?"
"""The actor of a delivery without one. Forges allow no such login, so it has no rights."""


@dataclass(frozen=True)
class DeliverySource:
    """The origin of a delivery: repository and actor, with the login of the bot.

    The actor is UNKNOWN_ACTOR if the forge names no sender. `actor_id` and `repository_id`, such as
    `github:1234`, are the forge's ids.
    `is_program`: the forge marks the actor as a program.
    """

    provider: Provider
    repository: str
    actor: str
    bot: str
    is_program: bool = False
    actor_id: int | None = None
    repository_id: str | None = None


Handler = Callable[[Mapping[str, object], DeliverySource], Intent]

Handlers = Mapping[tuple[str, str | None], Handler]
"""The handlers by (event, action); the action is None for events without actions."""

_PRINTABLE = re.compile(r"[A-Za-z_.]{1,64}")


def route(provider: Provider, handlers: Handlers, event: str, payload: object, bot: str) -> Intent:
    """Returns the intent that the handler of the event and action parses. Other events are ignored.

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
        event_name = name if _PRINTABLE.fullmatch(name) else "of this delivery"
        return Ignored(reason=f"the event {event_name} creates no job")
    delivery = parse_payload(Delivery, payload)
    sender = delivery.sender or User(login=UNKNOWN_ACTOR)
    source = DeliverySource(
        provider=provider,
        repository=delivery.repository.full_name,
        actor=sender.login,
        bot=bot,
        is_program=sender.is_program,
        actor_id=sender.account_id,
        repository_id=repository_id(provider, delivery.repository.id),
    )
    return handler(payload, source)


def repository_id(provider: Provider, forge_id: int | None) -> str | None:
    """Returns the id of a repository among all forges, such as `github:1234`; None without the forge's id."""
    return None if forge_id is None else f"{provider}:{forge_id}"


def except_bot(handler: Handler) -> Handler:
    """Returns a handler that ignores the bot's own actions."""

    def handle(payload: Mapping[str, object], source: DeliverySource) -> Intent:
        if is_bot(source.actor, source.bot):
            return Ignored(reason="sent by the bot itself")
        return handler(payload, source)

    return handle


def header(headers: Mapping[str, str], *names: str) -> str:
    """Returns the first non-empty header of `names` (in lower case), or ""."""
    values = {name.lower(): value for name, value in headers.items()}
    return next((values[name] for name in names if values.get(name)), "")


def _action(handlers: Handlers, event: str, payload: Mapping[str, object]) -> str | None:
    """The payload's action, None for events without one. Raises PayloadError if a handled event lacks it."""
    if (event, None) in handlers:
        return None
    action = payload.get("action")
    if isinstance(action, str):
        return action
    if any(event == name for name, _ in handlers):
        raise PayloadError("action", "should be a string")
    return None
