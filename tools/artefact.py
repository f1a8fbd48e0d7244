"""Trims a built layer or function of files that Lambda never opens, and adds bytecode, so that no start
compiles.

`python artefact.py finish FOLDER PREFIX` trims a built folder and compiles it for its path in Lambda. `python
artefact.py sizes BUILD` prints the sizes of what `sam deploy` uploads. The program uses the standard library
only: `sam build` runs it with any Python.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

RUNTIME = "3.13"
SERVICES = frozenset({"dynamodb", "dynamodbstreams", "events", "secretsmanager", "sqs"})
"""The AWS services that the functions call; botocore includes the descriptions of four hundred."""

# Patterns below python/, each with the reason why Lambda never opens these files.
UNUSED = (
    "bin",  # commands
    "*/tests",
    "**/__pycache__",  # from the Python that installed it; compiled again below
    "**/*.pyi",  # for type checkers
    "**/*.pyx",
    "**/*.[ch]",  # for compilers
    "wrapt-stubs",
    "boto3/data",  # resources; the functions use clients
    "boto3/examples",
    "botocore/data/**/examples-1.json",
    "markdown_it/cli",  # a command
    "cffi",  # cryptography needs only its compiled part
    "pycparser",
    "pydantic/v1",  # for code of an older pydantic
    "pydantic/mypy.py",
    "aws_lambda_powertools/event_handler/openapi/swagger_ui/*.js",  # the API has its own page
    "aws_lambda_powertools/event_handler/openapi/swagger_ui/*.css",
)


def trim(python: Path) -> None:
    """Removes unused files from a folder of installed packages."""
    for pattern in UNUSED:
        for path in sorted(python.glob(pattern)):
            _remove(path)
    for service in _services(python):
        if service.name not in SERVICES:
            _remove(service)


def _services(python: Path) -> Iterator[Path]:
    yield from (path for path in sorted((python / "botocore/data").glob("*")) if path.is_dir())


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    elif path.exists():
        path.unlink()


def compile_all(folder: Path, prefix: str) -> bool:
    """Compiles every module for the runtime, with paths below `prefix`; returns False if no compiler is
    available.

    Lambda never checks the bytecode against its source: both are read-only there.
    """
    options = ["-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash"]
    for command, visible_path in _compilers(folder):
        done = subprocess.run(  # noqa: S603 - an interpreter, and folders of the build
            [*command, *options, "-s", visible_path, "-p", prefix, visible_path],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            return True
    return False


def _compilers(folder: Path) -> Iterator[tuple[list[str], str]]:
    """Yields the ways to run the runtime's Python, each with the folder's path as that Python sees it."""
    for interpreter in interpreters():
        yield [interpreter], str(folder)
    if docker := shutil.which("docker"):
        mounted = ["--network", "none", "--volume", f"{folder}:/build", "--entrypoint", "python3"]
        yield [docker, "run", "--rm", "--pull", "never", *mounted, image()], "/build"


def interpreters() -> Iterator[str]:
    """Yields each working Python of the runtime's version on this machine."""
    installed = (Path.home() / ".pyenv/versions").glob(f"{RUNTIME}.*/bin/python")
    candidates = [sys.executable, shutil.which(f"python{RUNTIME}"), *map(str, sorted(installed))]
    for path in candidates:
        if path and _version(path) == RUNTIME:
            yield path


def _version(python: str) -> str:
    program = "import sys; print('{}.{}'.format(*sys.version_info))"
    done = subprocess.run([python, "-c", program], capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip()


def image() -> str:
    """Returns the image with the runtime's Python."""
    return f"public.ecr.aws/lambda/python:{RUNTIME}-x86_64"


def finish(folder: Path, prefix: str) -> None:
    """Trims and compiles a built folder; prints a warning if it cannot be compiled."""
    trim(folder / "python" if (folder / "python").is_dir() else folder)
    if not compile_all(folder, prefix):
        print(
            f"{folder.name}: has no bytecode, because Python {RUNTIME} and its image are not installed;"
            " each new execution environment compiles its imports",
            file=sys.stderr,
        )


def sizes(build: Path) -> Iterator[str]:
    """Yields a line for each artefact: MB unpacked in Lambda (250 at most, with its layers) and MB uploaded."""
    yield f"{'':20} {'unpacked':>10} {'zipped':>10}  bytecode"
    for artefact in sorted(path for path in build.iterdir() if path.is_dir()):
        files = [path for path in sorted(artefact.rglob("*")) if path.is_file()]
        unpacked = sum(path.stat().st_size for path in files)
        compiled = any(path.suffix == ".pyc" for path in files)
        zipped = _zipped(artefact, files)
        yield (
            f"{artefact.name:20} {unpacked / 1e6:7.2f} MB {zipped / 1e6:7.2f} MB  {'yes' if compiled else 'NO'}"
        )


def _zipped(root: Path, files: Sequence[Path]) -> int:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            archive.write(path, path.relative_to(root))
    return target.tell()


def main(arguments: Sequence[str]) -> int:
    """Runs the command that the module's docstring describes."""
    match arguments:
        case ["finish", folder, prefix]:
            finish(Path(folder).resolve(), prefix)
        case ["sizes", build]:
            print(*sizes(Path(build)), sep="\n")
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
