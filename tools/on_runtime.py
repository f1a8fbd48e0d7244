"""`python -m tools.on_runtime ARGUMENT …`: pytest on Lambda's own Python, whichever Python runs this.

An interpreter of that version on this machine is taken first, then Lambda's image. Both get the locked packages in an
environment of their own below .local/, which is made once; in the image nothing needs the network.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.artefact import RUNTIME, image, interpreters

ROOT = Path(__file__).parents[1]
LOCKS = ("layers/vendor/requirements.txt", "requirements-dev.txt")
PLATFORMS = ROOT / "layers/platforms/x86_64/pip-platforms"


class NoRuntime(Exception):
    """Neither the interpreter nor its image is here."""


@dataclass(frozen=True)
class Runtime:
    """A way to run the interpreter, and the virtual environment that belongs to it."""

    command: tuple[str, ...]
    """Runs a program of the environment; empty on this machine itself"""
    python: str
    environment: Path

    def run(self, program: Sequence[str]) -> int:
        """Run a program from the checkout's folder; return its exit code."""
        done = subprocess.run([*self.command, *program], cwd=ROOT, check=False)  # noqa: S603
        return done.returncode


def runtimes() -> Iterator[Runtime]:
    """Every way that there may be, the nearest first."""
    for found in interpreters():
        yield Runtime((), found, ROOT / f".local/python{RUNTIME}")
    docker = shutil.which("docker")
    asked = [docker or "", "image", "inspect", image()]
    if docker and subprocess.run(asked, capture_output=True, check=False).returncode == 0:  # noqa: S603
        mounted = (
            "--network",
            "none",
            "--volume",
            f"{ROOT}:{ROOT}",
            "--workdir",
            str(ROOT),
            "--entrypoint",
            "",
        )
        environment = ("--env", "HOME=/tmp", "--env", "TEST_COUNTS", "--env", "PYTEST_ADDOPTS")
        command = (docker, "run", "--rm", "--pull", "never", *mounted, *environment, image())
        yield Runtime(command, "python3", ROOT / f".local/python{RUNTIME}-image")


def ready() -> Runtime:
    """The first runtime that there is, with the locked packages; raises NoRuntime, CalledProcessError."""
    for runtime in runtimes():
        _install(runtime)
        return runtime
    raise NoRuntime(f"no Python {RUNTIME} here, nor the image {image()}")


def _install(runtime: Runtime) -> None:
    digest = hashlib.sha256(b"".join((ROOT / lock).read_bytes() for lock in LOCKS)).hexdigest()
    mark = runtime.environment / ".installed"
    if mark.exists() and mark.read_text() == digest:
        return
    if runtime.run([runtime.python, "-m", "venv", "--clear", "--without-pip", str(runtime.environment)]):
        raise NoRuntime(f"{runtime.python} makes no virtual environment")
    packages = runtime.environment / f"lib/python{RUNTIME}/site-packages"
    wheels = ["--only-binary=:all:", "--implementation", "cp", "--python-version", RUNTIME]
    locks = [word for lock in LOCKS for word in ("--requirement", str(ROOT / lock))]
    quiet = ["-qq", "--disable-pip-version-check"]
    subprocess.run(  # noqa: S603 - this interpreter's pip, and the locks
        [
            *(
                sys.executable,
                "-m",
                "pip",
                *quiet,
                "install",
                "--no-deps",
                "--require-hashes",
                "--no-compile",
            ),
            *(*wheels, *PLATFORMS.read_text().split(), *locks, "--target", str(packages)),
        ],
        check=True,
    )
    mark.write_text(digest)


def main(arguments: Sequence[str]) -> int:
    """Run pytest with these arguments; return its exit code, 1 where there is no such Python."""
    try:
        runtime = ready()
    except (NoRuntime, subprocess.CalledProcessError) as error:
        print(f"on-runtime: {error}", file=sys.stderr)
        return 1
    return runtime.run([str(runtime.environment / "bin/python"), "-B", "-m", "pytest", *arguments])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
