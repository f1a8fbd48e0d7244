"""The URL and the token of a command: from options, then the environment, then a context.

No message or representation contains a token.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mosaic_cli.config import config_file
from mosaic_cli.config.config_file import ConfigFile, Context
from mosaic_cli.config.contexts import choose_context
from mosaic_cli.config.urls import base_url, is_encrypted, is_loopback
from mosaic_cli.demo import local_stack
from mosaic_cli.errors import WrongUsage
from mosaic_cli.options import Options

# The source of the demo's token. The token is public, so it is sent to loopback addresses only.
DEMO = "the demo"
NO_TOKEN = "this command needs an API token: run `mosaic login`, or set MOSAIC_TOKEN"  # noqa: S105 - no token
UNENCRYPTED = (
    "the token would be sent unencrypted to another machine: use https://, or set MOSAIC_ALLOW_HTTP=1 on a"
    " trusted network"
)
_TOKEN = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class Settings:
    """The API and the token of a command, and the source of each."""

    url: str
    token: str | None = field(repr=False)
    context: str | None = None
    token_source: str | None = None
    warnings: tuple[str, ...] = ()


def resolve_settings(options: Options, environment: Mapping[str, str]) -> Settings:
    """Returns the settings in force. Raises WrongUsage for missing or malformed settings.

    A context's token is sent to the context's URL only, the demo's token to loopback addresses only.
    """
    file = config_file.read(options.config, environment)
    # `--context` names a URL and a token, so MOSAIC_URL and MOSAIC_TOKEN do not apply.
    variables = {} if options.context else environment
    context = choose_context(file, options.context or environment.get("MOSAIC_CONTEXT"))
    explicit_url = options.url or variables.get("MOSAIC_URL")
    if not explicit_url and context is None:
        raise WrongUsage(f"no context is chosen in {file.path}: mosaic context use NAME, or give --url")
    url = base_url(explicit_url or (context.url if context else ""))
    matching = context if context and base_url(context.url) == url else None
    token, source = _token(options, variables, matching, url)
    warnings = [*_warnings(file, context, matching, token, source), *check_transport(url, token, environment)]
    return Settings(url, token, matching.name if matching else None, source, tuple(warnings))


def check_transport(url: str, token: str | None, environment: Mapping[str, str]) -> list[str]:
    """Returns warnings about sending the token to the URL. Raises WrongUsage if it must not be sent."""
    if not token:
        return []
    if not _TOKEN.fullmatch(token):
        raise WrongUsage("the token has characters that are not allowed in a token")
    if is_encrypted(url) or is_loopback(url):
        return []
    if not environment.get("MOSAIC_ALLOW_HTTP"):
        raise WrongUsage(UNENCRYPTED)
    return ["the token is sent unencrypted"]


def _token(
    options: Options, variables: Mapping[str, str], matching: Context | None, url: str
) -> tuple[str | None, str | None]:
    """Returns the token and its source; both are None without a token."""
    if options.token:
        return options.token, "--token"
    if variables.get("MOSAIC_TOKEN"):
        return variables["MOSAIC_TOKEN"], "MOSAIC_TOKEN"
    if matching and matching.token:
        return matching.token, f"the context {matching.name}"
    return (local_stack.ADMIN_TOKEN, DEMO) if is_loopback(url) else (None, None)


def _warnings(
    file: ConfigFile, context: Context | None, matching: Context | None, token: str | None, source: str | None
) -> list[str]:
    warnings = []
    if context and context.token and matching is None and token is None:
        warnings.append(f"the token of the context {context.name} is for another URL and was not sent")
    if file.token_without_url and token is None:
        warnings.append(f"`token` in {file.path} has no `url` next to it and was not sent")
    if file.exposed and matching and source == f"the context {matching.name}":
        warnings.append(f"other users can read the token in {file.path}: chmod 600 it")
    return warnings
