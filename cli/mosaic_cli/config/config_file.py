"""The config file: named contexts, each a URL and its token. No secret is ever shown."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mosaic_cli.errors import WrongUsage

SETTINGS = frozenset({"url", "token"})
TOP_LEVEL = SETTINGS | {"current", "contexts"}
# The context that `url` and `token` outside of every context stand for.
DEFAULT = "default"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


@dataclass(frozen=True)
class Context:
    """An API and the token for it."""

    name: str
    url: str
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class ConfigFile:
    """The contents of the config file, and whether other users could read it."""

    path: Path
    contexts: Mapping[str, Context] = field(default_factory=dict)
    current: str | None = None
    exposed: bool = False
    token_without_url: bool = False


def config_path(chosen: Path | None, environment: Mapping[str, str]) -> tuple[Path, bool]:
    """The config file, and whether it was named: by `--config` or MOSAIC_CONFIG, not by the XDG rules."""
    if chosen or environment.get("MOSAIC_CONFIG"):
        return chosen or Path(environment["MOSAIC_CONFIG"]), True
    home = environment.get("XDG_CONFIG_HOME") or str(
        Path(environment.get("HOME", "~")).expanduser() / ".config"
    )
    return Path(home) / "mosaic" / "config.toml", False


def read(chosen: Path | None, environment: Mapping[str, str]) -> ConfigFile:
    """The config file, empty when there is none where the XDG rules look. Raises WrongUsage, without any token."""
    path, named = config_path(chosen, environment)
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
    return _parsed(path, found, exposed=bool(mode & 0o077))


def check_name(name: str) -> str:
    """The name of a context, as it is. Raises WrongUsage for one that needs quoting."""
    if not _NAME.fullmatch(name):
        raise WrongUsage(f"a context's name is letters, digits, `.`, `_` and `-`, at most 63: not {name!r}")
    return name


def _parsed(path: Path, found: Mapping[str, object], *, exposed: bool) -> ConfigFile:
    _refuse_unknown(path, found, TOP_LEVEL)
    tables = found.get("contexts", {})
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise WrongUsage(f"`contexts` in {path} should be tables, such as [contexts.production]")
    contexts = {name: _context(path, check_name(name), table) for name, table in tables.items()}
    flat = {name: value for name, value in found.items() if name in SETTINGS}
    if "url" in flat:
        contexts.setdefault(DEFAULT, _context(path, DEFAULT, flat))
    current = found.get("current", DEFAULT if DEFAULT in contexts else None)
    _refuse_other_than_text(path, {**flat, "current": current} if current is not None else flat)
    return ConfigFile(path, contexts, str(current) if current else None, exposed, flat.keys() == {"token"})


def _context(path: Path, name: str, table: Mapping[str, object]) -> Context:
    _refuse_unknown(path, table, SETTINGS)
    _refuse_other_than_text(path, table)
    if "url" not in table:
        raise WrongUsage(f"the context {name} in {path} has no url")
    token = table.get("token")
    return Context(name, str(table["url"]), None if token is None else str(token))


def _refuse_unknown(path: Path, found: Mapping[str, object], known: frozenset[str]) -> None:
    unknown = sorted(found.keys() - known)
    if unknown:
        raise WrongUsage(
            f"{path} has `{unknown[0]}`, which is no setting; known are {', '.join(sorted(known))}"
        )


def _refuse_other_than_text(path: Path, found: Mapping[str, object]) -> None:
    for key, value in found.items():
        if not isinstance(value, str):
            raise WrongUsage(f"`{key}` in {path} must be a text")
