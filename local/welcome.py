"""What `python -m local` says once it is ready: ten lines, and commands for any shell."""

from local.demo import Demo

USUAL_URL = "http://127.0.0.1:3000"
"""Where `mosaic` looks for a stack on this machine when nothing else is configured."""

_TEXT = """\
Mosaic Stitcher is ready on {url} after {seconds:.1f} s; its API is described at {url}/docs
  tokens   {tokens}
  gateway  {gateway}
  logs     {logs}
Try it in a second terminal:
{commands}
  stop     Ctrl-C{kept}"""

TOUR = (
    '.venv/bin/mosaic demo mention "find out why the login fails"',
    ".venv/bin/mosaic jobs watch @last --until validation",
    ".venv/bin/mosaic demo gates @last",
)
"""From a comment to a completed job; the README has the same."""


def welcome(
    demo: Demo, url: str, gateway: str, logs: str, seconds: float, dynamodb: str | None = None
) -> str:
    """Return the text; its commands work in bash, zsh and fish, and name the stack where `mosaic` would not find it."""
    named = () if url == USUAL_URL else (f"export MOSAIC_URL={url}",)
    return _TEXT.format(
        url=url,
        seconds=seconds,
        tokens=" ".join(demo.tokens.values()),
        gateway=gateway,
        logs=logs,
        commands="\n".join((*named, *TOUR)),
        kept=f"; jobs are kept in {dynamodb}" if dynamodb else "; everything is forgotten",
    )
