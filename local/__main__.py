"""Checks the Python version and the installation, then runs the command. Every Python 3 can parse this file."""

import sys

OLDEST, NEWEST = (3, 11), (3, 14)
REMEDY = (
    "install one with `uv python install 3.13`, `brew install python@3.13` or `apt-get install python3-venv`"
)


def run() -> int:
    """Runs the command and returns its exit code."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        oldest, newest, current = (
            ".".join(map(str, version[:2])) for version in (OLDEST, NEWEST, sys.version_info)
        )
        sys.stderr.write(f"mosaic: needs Python {oldest} to {newest}, this is {current}; {REMEDY}\n")
        return 1
    try:
        from local.command import main
    except ModuleNotFoundError as error:
        sys.stderr.write(f"mosaic: {error.name} is not installed here, use make run\n")
        return 1
    except KeyboardInterrupt:  # during the imports: nothing runs yet
        sys.stdout.write("stopped\n")
        return 0
    return main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(run())
