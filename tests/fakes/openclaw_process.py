"""The real gateway's process: killed without warning, and started again with its disk."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

import urllib3

PATIENCE = 90.0
NEEDED = ("OPENCLAW_GATEWAY_PID", "OPENCLAW_CACHE", "OPENCLAW_GATEWAY_LOG")

_started: list[subprocess.Popen[bytes]] = []
_processes: list[tuple[list[str], dict[str, str], str]] = []


def kill() -> None:
    """Kills the gateway at once."""
    _find_process()
    pid = _started[-1].pid if _started else int(os.environ["OPENCLAW_GATEWAY_PID"])
    os.kill(pid, signal.SIGKILL)
    if _started:
        _started[-1].wait()


def start(url: str) -> None:
    """Starts the gateway again and waits until it is ready."""
    command, environment, folder = _processes[0]
    with Path(os.environ["OPENCLAW_GATEWAY_LOG"]).open("ab") as log:
        _started.append(subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log))  # noqa: S603 - it is what ran before
    end = time.monotonic() + PATIENCE
    while not _ready(url):
        assert time.monotonic() < end, "the gateway did not come back"
        time.sleep(0.2)


def stop() -> None:
    """Ends the gateway if it was started here."""
    while _started:
        process = _started.pop()
        process.terminate()
        process.wait()


def _find_process() -> None:
    if _processes:
        return
    process = Path("/proc") / os.environ["OPENCLAW_GATEWAY_PID"]
    script = Path(os.environ["OPENCLAW_CACHE"]) / "node_modules/openclaw/openclaw.mjs"
    command = [str((process / "exe").readlink()), str(script), "gateway", "run"]
    pairs = (process / "environ").read_text().split("\0")
    environment = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    _processes.append((command, environment, str((process / "cwd").readlink())))


def _ready(url: str) -> bool:
    with contextlib.suppress(urllib3.exceptions.HTTPError):
        return urllib3.request("GET", f"{url}/readyz", retries=False, timeout=2).status == 200
    return False
