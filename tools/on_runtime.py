"""`python -m tools.on_runtime ARGUMENT …`: run pytest on Lambda's own Python version.

It uses an interpreter of that version on this machine, or else Lambda's image. Each gets the locked packages
in an environment below .local/, which is created once. The image needs no network.
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
    """This machine has neither the interpreter nor its image."""


@dataclass(frozen=True)
class Runtime:
    """A way to run the interpreter, and its virtual environment."""

    command: tuple[str, ...]
    """Runs a program in the container; empty for this machine itself"""
    python: str
    environment: Path

    def run(self, program: Sequence[str]) -> int:
        """Runs a program from the checkout's folder; returns its exit code."""
        done = subprocess.run([*self.command, *program], cwd=ROOT, check=False)  # noqa: S603
        return done.returncode


def runtimes() -> Iterator[Runtime]:
    """Yields the available runtimes, the fastest first."""
    for interpreter in interpreters():
        yield Runtime((), interpreter, ROOT / f".local/python{RUNTIME}")
    docker = shutil.which("docker")
    inspect = [docker or "", "image", "inspect", image()]
    if docker and subprocess.run(inspect, capture_output=True, check=False).returncode == 0:  # noqa: S603
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


def installed_runtime() -> Runtime:
    """Returns the first available runtime, with the locked packages; raises NoRuntime, CalledProcessError."""
    for runtime in runtimes():
        _install(runtime)
        return runtime
    raise NoRuntime(f"neither Python {RUNTIME} nor the image {image()} is installed")


def _install(runtime: Runtime) -> None:
    digest = hashlib.sha256(b"".join((ROOT / lock).read_bytes() for lock in LOCKS)).hexdigest()
    mark = runtime.environment / ".installed"
    if mark.exists() and mark.read_text() == digest:
        return
    if runtime.run([runtime.python, "-m", "venv", "--clear", "--without-pip", str(runtime.environment)]):
        raise NoRuntime(f"{runtime.python} cannot create a virtual environment")
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
    """Runs pytest with these arguments; returns its exit code, or 1 if there is no such Python."""
    try:
        runtime = installed_runtime()
    except (NoRuntime, subprocess.CalledProcessError) as error:
        print(f"on-runtime: {error}", file=sys.stderr)
        return 1
    return runtime.run([str(runtime.environment / "bin/python"), "-B", "-m", "pytest", *arguments])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
