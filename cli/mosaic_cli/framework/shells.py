"""The shells that can complete `mosaic`."""

from __future__ import annotations

# Set by a shell that asks for completions.
COMPLETE = "_MOSAIC_COMPLETE"

# Typer's own script begins with an empty line, so that zsh does not see `#compdef`, and completes nothing at the first
# try where zsh loads it from a folder.
ZSH = f"""\
#compdef mosaic

_mosaic_completion() {{
  eval $(env _TYPER_COMPLETE_ARGS="${{words[1,$CURRENT]}}" {COMPLETE}=complete_zsh mosaic)
}}

if [ "$funcstack[1]" = "_mosaic" ]; then
  _mosaic_completion "$@"
else
  compdef _mosaic_completion mosaic
fi"""


def know_shells() -> None:
    """Make the shells known to Typer, which does that by itself only with its own `--install-completion`."""
    from typer.completion import get_completion_inspect_parameters

    get_completion_inspect_parameters()
