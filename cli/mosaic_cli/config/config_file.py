"""The config file: named contexts, each a URL and its token. No message contains a token."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mosaic_cli.errors import WrongUsage

SETTINGS = frozenset({"url", "token"})
TOP_LEVEL = SETTINGS | {"current", "contexts"}
# The name of the context that the top-level `url` and `token` define.
DEFAULT = "default"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


@dataclass(frozen=True)
class Context:
    """The URL and the token of an API."""

    name: str
    url: str
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class ConfigFile:
    """The content of the config file; `exposed` if other users can read it."""

    path: Path
    contexts: Mapping[str, Context] = field(default_factory=dict)
    current: str | None = None
    exposed: bool = False
    token_without_url: bool = False


def config_path(chosen: Path | None, environment: Mapping[str, str]) -> tuple[Path, bool]:
    """Returns the path, and whether `--config` or MOSAIC_CONFIG set it; the default follows the XDG rules."""
    if chosen or environment.get("MOSAIC_CONFIG"):
        return chosen or Path(environment["MOSAIC_CONFIG"]), True
    home = environment.get("XDG_CONFIG_HOME") or str(
        Path(environment.get("HOME", "~")).expanduser() / ".config"
    )
    return Path(home) / "mosaic" / "config.toml", False


def read(chosen: Path | None, environment: Mapping[str, str]) -> ConfigFile:
    """Returns the config file; a missing default file is empty. Raises WrongUsage."""
    path, explicit = config_path(chosen, environment)
    try:
        with path.open("rb") as opened:
            document = tomllib.load(opened)
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        if explicit:
            raise WrongUsage(f"the config file {path} does not exist") from error
        return ConfigFile(path)
    except (OSError, ValueError) as error:
        # The parser's message can quote a line that contains the token.
        raise WrongUsage(f"the config file {path} cannot be read: {type(error).__name__}") from error
    return _parse(path, document, exposed=bool(mode & 0o077))


def check_name(name: str) -> str:
    """Returns the name of a context. Raises WrongUsage for a name that needs quoting."""
    if not _NAME.fullmatch(name):
        raise WrongUsage(
            f"a context's name must be at most 63 letters, digits, `.`, `_` and `-`: not {name!r}"
        )
    return name


def _parse(path: Path, document: Mapping[str, object], *, exposed: bool) -> ConfigFile:
    _reject_unknown(path, document, TOP_LEVEL)
    tables = document.get("contexts", {})
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise WrongUsage(f"`contexts` in {path} must be tables, such as [contexts.production]")
    contexts = {name: _context(path, check_name(name), table) for name, table in tables.items()}
    top_level = {name: value for name, value in document.items() if name in SETTINGS}
    if "url" in top_level:
        contexts.setdefault(DEFAULT, _context(path, DEFAULT, top_level))
    current = document.get("current", DEFAULT if DEFAULT in contexts else None)
    _require_text(path, {**top_level, "current": current} if current is not None else top_level)
    return ConfigFile(
        path, contexts, str(current) if current else None, exposed, top_level.keys() == {"token"}
    )


def _context(path: Path, name: str, table: Mapping[str, object]) -> Context:
    _reject_unknown(path, table, SETTINGS)
    _require_text(path, table)
    if "url" not in table:
        raise WrongUsage(f"the context {name} in {path} has no url")
    token = table.get("token")
    return Context(name, str(table["url"]), None if token is None else str(token))


def _reject_unknown(path: Path, table: Mapping[str, object], known: frozenset[str]) -> None:
    unknown = sorted(table.keys() - known)
    if unknown:
        raise WrongUsage(
            f"{path} has an unknown setting `{unknown[0]}`; known are {', '.join(sorted(known))}"
        )


def _require_text(path: Path, table: Mapping[str, object]) -> None:
    for key, value in table.items():
        if not isinstance(value, str):
            raise WrongUsage(f"`{key}` in {path} must be text")
