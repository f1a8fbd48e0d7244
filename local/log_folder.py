"""The folder for a stack's logs."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from local.errors import LocalError

LOCAL = "MOSAIC_LOCAL"
"""The variable that names a folder instead of `.local` in the checkout."""


def local_folder(root: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """Returns the folder for all files that stacks of the checkout `root` write."""
    return Path(environ.get(LOCAL) or root / ".local").absolute()


@contextmanager
def locked(folder: Path) -> Iterator[Path]:
    """Creates the folder, and locks it against other stacks within the context.

    Raises LocalError if it cannot be written or another stack has locked it.
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
