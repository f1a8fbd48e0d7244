"""The folder in which a stack keeps its logs."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from local.errors import LocalError

LOCAL = "MOSAIC_LOCAL"
"""Variable that names another folder than `.local` of the checkout."""


def local_folder(root: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder for everything that is written while stacks of the checkout `root` run."""
    return Path(environ.get(LOCAL) or root / ".local").absolute()


@contextmanager
def taken(folder: Path) -> Iterator[Path]:
    """Make the folder and keep other stacks out of it meanwhile.

    Raises LocalError when it cannot be written or another stack has it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise LocalError(
            f"{error.filename} cannot be written: {error.strerror}; "
            f"make it yours, or name another folder with {LOCAL}=DIR"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LocalError(
                f"another stack writes to {folder}; name another folder with {LOCAL}=DIR"
            ) from error
        yield folder
