"""Changes to the config file. Comments are kept; the file is readable only by its owner."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mosaic_cli.config.config_file import DEFAULT, Context
from mosaic_cli.errors import WrongUsage

if TYPE_CHECKING:
    from tomlkit import TOMLDocument


def save(path: Path, context: Context) -> None:
    """Adds or replaces the context and makes it the current one. Raises WrongUsage if writing fails."""
    document = _load(path)
    contexts: Any = document.setdefault("contexts", {})
    table = contexts.setdefault(context.name, {})
    table["url"] = context.url
    if context.token is None:
        table.pop("token", None)
    else:
        table["token"] = context.token
    document["current"] = context.name
    _write(path, document)


def use(path: Path, name: str) -> None:
    """Makes the context the current one. Raises WrongUsage if writing fails."""
    document = _load(path)
    document["current"] = name
    _write(path, document)


def delete(path: Path, name: str) -> None:
    """Removes the context and its token. Raises WrongUsage if writing fails."""
    document = _load(path)
    contexts: Any = document.get("contexts", {})
    if name in contexts:
        del contexts[name]
    elif name == DEFAULT:
        document.pop("url", None)
        document.pop("token", None)
    if document.get("current") == name:
        document.pop("current")
    _write(path, document)


def _load(path: Path) -> TOMLDocument:
    import tomlkit

    return tomlkit.parse(path.read_text("utf-8")) if path.exists() else tomlkit.document()


def _write(path: Path, document: TOMLDocument) -> None:
    """Replaces the file atomically. The temporary file has mode 600."""
    import tempfile

    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # A symbolic link, for example into a dotfiles repository, stays a link.
        target = path.resolve()
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=target.parent, delete=False) as opened:
            opened.write(document.as_string())
        Path(opened.name).replace(target)
    except OSError as error:
        raise WrongUsage(f"the config file {path} cannot be written: {error.strerror}") from error
