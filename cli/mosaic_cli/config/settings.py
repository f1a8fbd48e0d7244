"""The URL and the token of a command: from options, then the environment, then a context. No secret is ever shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mosaic_cli import config_file, demo
from mosaic_cli.config_file import ConfigFile, Context
from mosaic_cli.errors import WrongUsage
from mosaic_cli.options import Options
from mosaic_cli.urls import base_url, is_encrypted, is_loopback

LOCAL = "local"
# Whose token it is where nobody gave one: known to everybody, and sent to loopback addresses only.
DEMO = "the demo"
NO_TOKEN = "this needs an API token: run `mosaic login`, or set MOSAIC_TOKEN"  # noqa: S105 - no token
UNENCRYPTED = (
    "the token would travel unencrypted to another machine: use https://, or set MOSAIC_ALLOW_HTTP=1 if"
    " nobody can read that network"
)
_TOKEN = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class Settings:
    """The API and the token of a command, and where both come from, in words."""

    url: str
    token: str | None = field(repr=False)
    context: str | None = None
    token_from: str | None = None
    warnings: tuple[str, ...] = ()


def settings(options: Options, environment: Mapping[str, str]) -> Settings:
    """The settings in force. Raises WrongUsage for settings that are missing or malformed, without any token.

    A context's token is sent to the context's URL only, the demo's token to loopback addresses only.
    """
    file = config_file.read(options.config, environment)
    # A context that the command line names is meant whole: the environment is about another one.
    around = {} if options.context else environment
    context = chosen(file, options.context or environment.get("MOSAIC_CONTEXT"))
    given = options.url or around.get("MOSAIC_URL")
    if not given and context is None:
        raise WrongUsage(f"no context is chosen in {file.path}: mosaic context use NAME, or give --url")
    url = base_url(given or (context.url if context else ""))
    own = context if context and base_url(context.url) == url else None
    token, token_from = _token(options, around, own, url)
    warnings = [*_warnings(file, context, own, token, token_from), *travelling(url, token, environment)]
    return Settings(url, token, own.name if own else None, token_from, tuple(warnings))


def travelling(url: str, token: str | None, environment: Mapping[str, str]) -> list[str]:
    """Warnings about sending the token to the URL. Raises WrongUsage where it must not be sent."""
    if not token:
        return []
    if not _TOKEN.fullmatch(token):
        raise WrongUsage("the token has characters that no token has")
    if is_encrypted(url) or is_loopback(url):
        return []
    if not environment.get("MOSAIC_ALLOW_HTTP"):
        raise WrongUsage(UNENCRYPTED)
    return ["the token travels unencrypted"]


def contexts(file: ConfigFile) -> dict[str, Context]:
    """The contexts by name: those of the file, and `local` unless the file has its own."""
    return {LOCAL: Context(LOCAL, demo.URL), **file.contexts}


def chosen(file: ConfigFile, name: str | None) -> Context | None:
    """The context of this name, else the file's current one, else `local`; None if the file has others only.

    Raises WrongUsage for a name that is not there.
    """
    known = contexts(file)
    named = name or file.current
    if named is None:
        return None if file.contexts else known[LOCAL]
    if named not in known:
        raise WrongUsage(f"there is no context {named!r}: known are {', '.join(sorted(known))}")
    return known[named]


def _token(
    options: Options, around: Mapping[str, str], own: Context | None, url: str
) -> tuple[str | None, str | None]:
    if options.token:
        return options.token, "--token"
    if around.get("MOSAIC_TOKEN"):
        return around["MOSAIC_TOKEN"], "MOSAIC_TOKEN"
    if own and own.token:
        return own.token, f"the context {own.name}"
    return (demo.ADMIN_TOKEN, DEMO) if is_loopback(url) else (None, None)


def _warnings(
    file: ConfigFile, context: Context | None, own: Context | None, token: str | None, token_from: str | None
) -> list[str]:
    told = []
    if context and context.token and own is None and token is None:
        told.append(f"the token of the context {context.name} is for another URL and was not sent")
    if file.token_without_url and token is None:
        told.append(f"`token` in {file.path} has no `url` beside it and was not sent")
    if file.exposed and own and token_from == f"the context {own.name}":
        told.append(f"others can read the token in {file.path}: chmod 600 it")
    return told
