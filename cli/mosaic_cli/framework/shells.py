"""Shell completion scripts for `mosaic`."""

from __future__ import annotations

# A shell sets this variable when it requests completions.
COMPLETE = "_MOSAIC_COMPLETE"

# Typer's zsh script begins with an empty line, which hides `#compdef` from zsh. The first completion fails too when
# zsh loads the script from a folder.
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


def register_shells() -> None:
    """Registers the completion classes, which Typer does only with its `--install-completion` option."""
    from typer.completion import get_completion_inspect_parameters

    get_completion_inspect_parameters()
