"""The contexts that a command can choose from: those of the config file, and `local`."""

from __future__ import annotations

from mosaic_cli.config.config_file import ConfigFile, Context
from mosaic_cli.demo import local_stack
from mosaic_cli.errors import WrongUsage

LOCAL = "local"


def known_contexts(file: ConfigFile) -> dict[str, Context]:
    """Returns the contexts by name: those of the file, and `local` unless the file defines it."""
    return {LOCAL: Context(LOCAL, local_stack.URL), **file.contexts}


def choose_context(file: ConfigFile, name: str | None) -> Context | None:
    """Returns the named context, else the file's current one, else `local`.

    Returns None if no context is named or current and the file defines some. Raises WrongUsage for an unknown name.
    """
    known = known_contexts(file)
    chosen = name or file.current
    if chosen is None:
        return None if file.contexts else known[LOCAL]
    if chosen not in known:
        raise WrongUsage(f"the context {chosen!r} does not exist: known are {', '.join(sorted(known))}")
    return known[chosen]
