"""Checks what cannot be checked later, then runs the command; parses on any Python 3."""

import sys

OLDEST, NEWEST = (3, 11), (3, 13)


def run() -> int:
    """Run the command and return its exit code."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        found = ".".join(map(str, sys.version_info[:2]))
        sys.stderr.write(f"mosaic: needs Python 3.11 to 3.13, this is {found}\n")
        return 1
    try:
        from local.command import main
    except ModuleNotFoundError as error:
        sys.stderr.write(f"mosaic: {error.name} is not installed here, use make run\n")
        return 1
    except KeyboardInterrupt:  # while importing: nothing runs yet
        return 0
    return main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(run())
