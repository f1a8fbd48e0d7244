"""The banner of `python -m local`: ten lines, with commands for any shell."""

from local.demo import Demo

USUAL_URL = "http://127.0.0.1:3000"
"""The URL that `mosaic` uses without configuration."""

_TEXT = """\
Mosaic Stitcher is ready on {url} after {seconds:.1f} s; its API is described at {url}/docs
  tokens   {tokens}
  gateway  {gateway}
  logs     {logs}
Try it in a second terminal:
{commands}
  stop     Ctrl-C{note}"""

TOUR = (
    '.venv/bin/mosaic demo mention "find out why the login fails"',
    ".venv/bin/mosaic jobs watch @last --until validation",
    ".venv/bin/mosaic demo gates @last",
)
"""From a comment to a completed job; the README has the same commands."""


def welcome(
    demo: Demo, url: str, gateway: str, logs: str, seconds: float, dynamodb: str | None = None
) -> str:
    """Returns the banner; its commands work in bash, zsh and fish, and set the URL if it is not the usual one."""
    named: tuple[str, ...] = () if url == USUAL_URL else (f"export MOSAIC_URL={url}",)
    if not demo.is_public:
        named += tuple(f"export {name}={value}" for name, value in _variables(demo).items())
    return _TEXT.format(
        url=url,
        seconds=seconds,
        tokens=" ".join(demo.tokens.values()),
        gateway=gateway,
        logs=logs,
        commands="\n".join((*named, *TOUR)),
        note=f"; jobs stay in {dynamodb}" if dynamodb else "; all data is lost",
    )


def _variables(demo: Demo) -> dict[str, str]:
    """Returns the variables with which `mosaic` uses a stack that is not public."""
    return {
        "MOSAIC_TOKEN": demo.tokens["admin"],
        "MOSAIC_DEMO_REPORTER_TOKEN": demo.tokens["reporter"],
        "MOSAIC_DEMO_WEBHOOK_SECRET": demo.webhook_secret,
    }
