"""The user's editor."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from mosaic_cli.errors import WrongUsage

FALLBACKS = ("sensible-editor", "nano", "vi", "notepad")


def new_file(text: str, suffix: str) -> Path:
    """A file that only its owner can read, with this text."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", prefix="mosaic-", suffix=suffix, delete=False
    ) as opened:
        opened.write(text)
    return Path(opened.name)


def edit(file: Path, environment: Mapping[str, str]) -> str:
    """The text of the file once the editor has been closed. Raises WrongUsage when there is none, or it fails."""
    command = [*_editor(environment), str(file)]
    try:
        done = subprocess.run(command, env={**os.environ, **environment}, check=False)  # noqa: S603 - the user's own
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUsage(f"the editor {command[0]} did not work: {error}") from error
    if done.returncode != 0:
        raise WrongUsage(f"the editor {command[0]} ended with {done.returncode}; nothing was changed")
    return text


def discarded(file: Path, before: str) -> bool:
    """Whether there is nothing in the file to keep: it is gone, or removed because it still has this text."""
    try:
        if file.read_bytes().decode("utf-8") != before:
            return False
        file.unlink()
    except FileNotFoundError:
        return True
    except (OSError, UnicodeDecodeError):
        return False
    return True


def _editor(environment: Mapping[str, str]) -> list[str]:
    named = environment.get("VISUAL") or environment.get("EDITOR")
    if named:
        return shlex.split(named)
    found = next((name for name in FALLBACKS if shutil.which(name)), None)
    if found is None:
        raise WrongUsage("which editor? set EDITOR")
    return [found]
