"""Where the API is and who asks: from flags, then the environment, then the config file. No secret is ever shown."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from mosaic_cli.errors import WrongUsage

KEYS = frozenset({"url", "token"})
NO_URL = "where is the API? give --url, or set MOSAIC_URL or `url` in {path}"
NO_TOKEN = "this needs an API token: set MOSAIC_TOKEN, or `token` in {path}"  # noqa: S105 - says where to put one


@dataclass(frozen=True)
class Options:
    """What every command takes; None is what was not given."""

    url: str | None = None
    token: str | None = field(default=None, repr=False)
    config: Path | None = None
    json: bool = False

    def over(self, outer: Options) -> Options:
        """These options, and what only `outer` gives."""
        return Options(
            url=self.url or outer.url,
            token=self.token or outer.token,
            config=self.config or outer.config,
            json=self.json or outer.json,
        )


@dataclass(frozen=True)
class Settings:
    """What a request needs; `hint` says where a missing token belongs."""

    url: str
    token: str | None = field(repr=False)
    hint: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class ConfigFile:
    """What the config file says, and whether others could read it."""

    path: Path
    url: str | None = None
    token: str | None = field(default=None, repr=False)
    exposed: bool = False


def settings(options: Options, environment: Mapping[str, str]) -> Settings:
    """The settings in force; raises WrongUsage for what is missing or malformed, without repeating a token.

    The file's token belongs to the file's URL: with another URL in force it stays where it is.
    """
    file = _read(options.config, environment)
    url = options.url or environment.get("MOSAIC_URL") or file.url
    if not url:
        raise WrongUsage(NO_URL.format(path=file.path))
    url = _checked_url(url)
    token = options.token or environment.get("MOSAIC_TOKEN")
    warnings = []
    if not token and file.token:
        if file.url and _checked_url(file.url) != url:
            warnings.append(f"the token in {file.path} is for another URL and was not sent")
        else:
            token = file.token
        if file.exposed:
            warnings.append(f"others can read the token in {file.path}: chmod 600 it")
    if token and not re.fullmatch(r"[\x21-\x7e]+", token):
        raise WrongUsage("the token has characters that no token has")
    if token and url.startswith("http:") and not _loopback(url):
        warnings.append("the token travels unencrypted: use https")
    return Settings(url, token, NO_TOKEN.format(path=file.path), tuple(warnings))


def config_path(environment: Mapping[str, str]) -> Path:
    """Where the config file is by the XDG rules."""
    home = environment.get("XDG_CONFIG_HOME") or str(
        Path(environment.get("HOME", "~")).expanduser() / ".config"
    )
    return Path(home) / "mosaic" / "config.toml"


def _read(chosen: Path | None, environment: Mapping[str, str]) -> ConfigFile:
    named = chosen or (Path(environment["MOSAIC_CONFIG"]) if environment.get("MOSAIC_CONFIG") else None)
    path = named or config_path(environment)
    try:
        with path.open("rb") as opened:
            found = tomllib.load(opened)
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        if named:
            raise WrongUsage(f"there is no config file {path}") from error
        return ConfigFile(path)
    except (OSError, ValueError) as error:
        # A parser's message may quote the line, and the line may hold the token.
        raise WrongUsage(f"the config file {path} cannot be read: {type(error).__name__}") from error
    _check(path, found)
    return ConfigFile(path, found.get("url"), found.get("token"), exposed=bool(mode & 0o077))


def _check(path: Path, found: Mapping[str, object]) -> None:
    unknown = sorted(found.keys() - KEYS)
    if unknown:
        raise WrongUsage(f"{path} has `{unknown[0]}`, which is no setting; it may have url and token")
    for key, value in found.items():
        if not isinstance(value, str):
            raise WrongUsage(f"`{key}` in {path} must be a text")


def _checked_url(url: str) -> str:
    """The URL without a trailing slash; raises WrongUsage for what is no base URL of an API."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or not url.isprintable() or " " in url:
        raise WrongUsage("the URL must look like https://host or http://host:port")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise WrongUsage("the URL must hold no user, password, query or fragment")
    return url.rstrip("/")


def _loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")
