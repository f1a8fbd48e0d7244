"""The shells that can complete `mosaic`."""

from __future__ import annotations

# Set by a shell that asks for completions.
COMPLETE = "_MOSAIC_COMPLETE"


def know_shells() -> None:
    """Make the shells known to Typer, which does that by itself only with its own `--install-completion`."""
    from typer.completion import get_completion_inspect_parameters

    get_completion_inspect_parameters()
