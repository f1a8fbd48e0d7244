"""Edits a text in the user's editor."""

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
    """Creates a temporary file with the text, readable only by its owner."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", prefix="mosaic-", suffix=suffix, delete=False
    ) as opened:
        opened.write(text)
    return Path(opened.name)


def edit(file: Path, environment: Mapping[str, str]) -> str:
    """Opens the file in the editor and returns its text afterwards. Raises WrongUsage if that fails."""
    command = [*_editor_command(environment), str(file)]
    try:
        process = subprocess.run(command, env={**os.environ, **environment}, check=False)  # noqa: S603 - the user's own
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUsage(f"the editor {command[0]} failed: {error}") from error
    if process.returncode != 0:
        raise WrongUsage(f"the editor {command[0]} exited with {process.returncode}; nothing was changed")
    return text


def delete_if_unchanged(file: Path, before: str) -> bool:
    """Deletes the file if its text is unchanged; returns whether the file is gone."""
    try:
        if file.read_bytes().decode("utf-8") != before:
            return False
        file.unlink()
    except FileNotFoundError:
        return True
    except (OSError, UnicodeDecodeError):
        return False
    return True


def _editor_command(environment: Mapping[str, str]) -> list[str]:
    configured = environment.get("VISUAL") or environment.get("EDITOR")
    if configured:
        return shlex.split(configured)
    editor = next((name for name in FALLBACKS if shutil.which(name)), None)
    if editor is None:
        raise WrongUsage("no editor found: set EDITOR")
    return [editor]
