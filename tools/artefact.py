"""What a built layer or function holds: nothing that Lambda never opens, and bytecode so that no start compiles.

`python artefact.py finish FOLDER PREFIX` trims a built folder and compiles it for where Lambda puts it;
`python artefact.py sizes BUILD` tells what `sam deploy` will upload. Standard library only: `sam build` runs it with
whatever Python there is.
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
"""AWS services that the functions call; botocore brings the descriptions of four hundred."""

# Patterns below python/, with why nothing opens them at run time.
UNUSED = (
    "bin",  # commands
    "*/tests",
    "**/__pycache__",  # of whichever Python installed it; compiled anew below
    "**/*.pyi",  # for type checkers
    "**/*.pyx",
    "**/*.[ch]",  # for compilers
    "wrapt-stubs",
    "boto3/data",  # resources; the functions make clients
    "boto3/examples",
    "botocore/data/**/examples-1.json",
    "cffi",  # cryptography needs its compiled half alone
    "pycparser",
    "pydantic/v1",  # for code of an older pydantic
    "pydantic/mypy.py",
    "aws_lambda_powertools/event_handler/openapi/swagger_ui/*.js",  # the API's page is its own
    "aws_lambda_powertools/event_handler/openapi/swagger_ui/*.css",
)


def trim(python: Path) -> None:
    """Remove what is never opened at run time from a folder of installed packages."""
    for pattern in UNUSED:
        for found in sorted(python.glob(pattern)):
            _remove(found)
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
    """Compile every module for the runtime, as if the folder were at `prefix`; whether there was a compiler.

    The bytecode is never checked against its source: both are read-only in Lambda.
    """
    options = ["-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash"]
    for command, seen in _compilers(folder):
        done = subprocess.run(  # noqa: S603 - an interpreter, and folders of the build
            [*command, *options, "-s", seen, "-p", prefix, seen], capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            return True
    return False


def _compilers(folder: Path) -> Iterator[tuple[list[str], str]]:
    """Ways to run the runtime's Python, and the folder as each of them sees it."""
    for found in interpreters():
        yield [found], str(folder)
    if docker := shutil.which("docker"):
        mounted = ["--network", "none", "--volume", f"{folder}:/build", "--entrypoint", "python3"]
        yield [docker, "run", "--rm", "--pull", "never", *mounted, image()], "/build"


def interpreters() -> Iterator[str]:
    """The runtime's Python on this machine, as often as it is found and runs."""
    installed = (Path.home() / ".pyenv/versions").glob(f"{RUNTIME}.*/bin/python")
    found = [sys.executable, shutil.which(f"python{RUNTIME}"), *map(str, sorted(installed))]
    for path in found:
        if path and _version(path) == RUNTIME:
            yield path


def _version(python: str) -> str:
    program = "import sys; print('{}.{}'.format(*sys.version_info))"
    done = subprocess.run([python, "-c", program], capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip()


def image() -> str:
    """The image that has the runtime's Python."""
    return f"public.ecr.aws/lambda/python:{RUNTIME}-x86_64"


def finish(folder: Path, prefix: str) -> None:
    """Trim and compile a built folder; says so when it cannot be compiled here."""
    trim(folder / "python" if (folder / "python").is_dir() else folder)
    if not compile_all(folder, prefix):
        print(
            f"{folder.name}: no Python {RUNTIME} here (nor its image), so it holds no bytecode:"
            " every start of a new environment compiles what it imports",
            file=sys.stderr,
        )


def sizes(build: Path) -> Iterator[str]:
    """A line for each artefact: MB as Lambda unpacks it (250 at most, with its layers) and as it is uploaded."""
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
    """Run the command that the module's text describes."""
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
