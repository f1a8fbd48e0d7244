"""The installed command line, against a running stack."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.stack import LocalStack
from tests.e2e.support.http_client import Caller, Json
from tests.e2e.support.tenants import COMMIT, GATES, Tenant

SECONDS = 60
MOSAIC = str(Path(sys.executable).with_name("mosaic"))


@dataclass(frozen=True)
class Shell:
    """A shell with only the URL and a token in its environment."""

    environment: dict[str, str]

    def run(self, *arguments: str, stdin: str = "", status: int = 0) -> subprocess.CompletedProcess[str]:
        """Runs `mosaic ARGUMENTS`, checks its exit code, and returns the finished process."""
        done = subprocess.run(  # noqa: S603 - the product's own command
            [MOSAIC, *arguments],
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == status, f"{arguments} ended {done.returncode}: {done.stdout}{done.stderr}"
        return done

    def json(self, *arguments: str, stdin: str = "") -> Json:
        output: Json = json.loads(self.run(*arguments, "--json", stdin=stdin).stdout)
        return output

    @contextmanager
    def start(self, *arguments: str, output: int = subprocess.PIPE) -> Iterator[subprocess.Popen[str]]:
        """Yields `mosaic ARGUMENTS` as a running process. It must end soon after the block, and is killed
        otherwise.
        """
        with subprocess.Popen(  # noqa: S603 - the product's own command
            [MOSAIC, *arguments],
            env=self.environment,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
        ) as running:
            try:
                yield running
                running.wait(SECONDS)
            except BaseException:
                running.kill()
                raise


NewShell = Callable[[Caller], Shell]


@pytest.fixture(autouse=True, scope="module")
def interruptible() -> Iterator[None]:
    """Restores the handling of Ctrl-C, which the tests' parent process may have disabled."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def shell(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> NewShell:
    """Returns the shell of a caller."""
    home = str(tmp_path_factory.mktemp("home"))

    def open_for(caller: Caller) -> Shell:
        return Shell({"HOME": home, "MOSAIC_URL": stack.url, "MOSAIC_TOKEN": caller.token or ""})

    return open_for


def test_create_and_wait_follows_job_to_its_end(tenant: Tenant, shell: NewShell) -> None:
    create = ("jobs", "create", "--type", "git-status", "--instructions", "-", "--wait")
    done = shell(tenant.member).run(*create, stdin="What has changed?")

    (job_id,) = tenant.newest_job_ids()
    assert done.stderr == f"mosaic: job {job_id}\n"
    lines = done.stdout.splitlines()
    assert [lines[0].split()[1], lines[-2:]] == ["job.created", [f"id: {job_id}", "status: COMPLETED"]]
    assert tenant.job(job_id)["instructions"] == "What has changed?"


def test_watch_shows_reported_gates(tenant: Tenant, shell: NewShell) -> None:
    job_id = tenant.job_in_validation()
    with shell(tenant.viewer).start("jobs", "watch", job_id, "--json") as watching:
        for gate in GATES:
            report = ("gates", "report", job_id, gate, "--status", "passed", "--commit", COMMIT)
            assert f"{gate}\tPASSED" in shell(tenant.reporter).run(*report).stdout
        out, _ = watching.communicate(timeout=SECONDS)

    assert watching.returncode == 0
    assert [json.loads(line) for line in out.splitlines()] == tenant.recorded_events(job_id)


def test_watch_exits_1_after_failed_gate(tenant: Tenant, shell: NewShell) -> None:
    job_id = tenant.job_in_validation()
    tenant.report_gate(job_id, "lint", "failed")

    output = shell(tenant.viewer).run("jobs", "watch", job_id, status=1).stdout
    assert "status: FAILED" in output
    assert tenant.job(job_id)["error"]["remedy"] in output


def test_jobs_can_be_listed_filtered_and_cancelled(tenant: Tenant, shell: NewShell) -> None:
    member = shell(tenant.member)
    created = [tenant.create_delayed(agentTaskId=f"task-{number}")["id"] for number in range(3)]
    assert "status: CANCELLED" in member.run("jobs", "cancel", created[0], "--reason", "not needed").stdout

    assert [job["id"] for job in member.json("jobs", "list", "--limit", "1", "--all")["items"]] == created[
        ::-1
    ]
    first = member.json("jobs", "list", "--limit", "2")
    then = member.json("jobs", "list", "--limit", "2", "--cursor", first["cursor"])
    assert [job["id"] for job in first["items"] + then["items"]] == created[::-1]
    pending = member.json("jobs", "list", "--status", "PENDING", "--agent-task-id", "task-1")
    assert [job["id"] for job in pending["items"]] == [created[1]]
    events = member.json("jobs", "events", created[0], "--all")["items"]
    assert events == tenant.recorded_events(created[0])
    assert member.json("jobs", "show", created[0])["status"] == "CANCELLED"


def test_idempotency_key_option_creates_one_job(tenant: Tenant, shell: NewShell) -> None:
    create = (
        "jobs",
        "create",
        "--type",
        "git-status",
        "--instructions",
        "Look.",
        "--idempotency-key",
        "once",
    )

    assert len({shell(tenant.member).json(*create)["id"] for _ in range(2)}) == 1


def test_approve_lets_the_job_run(tenant: Tenant, shell: NewShell) -> None:
    options = ("--instructions", "Push.", "--repository", tenant.repository, "--capability", "git:push")
    assert (
        shell(tenant.member).json("dispatch", *options, "--dry-run")["guard"]["decision"]
        == "approval_required"
    )
    job_id = shell(tenant.member).json("dispatch", *options)["id"]
    tenant.wait_for(job_id, "PENDING")

    (approval,) = shell(tenant.viewer).json("approvals")["items"]
    assert (approval["id"], approval["approvalRequest"]["capabilities"]) == (job_id, ["git:push"])

    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    approve = ("jobs", "approve", job_id, "--reason", "it is time", "--attempt", "1", "--until", tomorrow)
    shell(tenant.admin).run(*approve)
    shell(tenant.admin).run(*approve)
    assert tenant.wait_for(job_id, "RUNNING")["approval"]["reason"] == "it is time"
    assert shell(tenant.viewer).run("approvals").stdout.splitlines()[1:] == []
    assert "it is time" in shell(tenant.admin).run("workspace", "show").stdout
    assert shell(tenant.member).json("dispatch", *options, "--dry-run")["guard"]["decision"] == "allow"


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("jobs show 01J00000000000000000000000", 4),
        ("jobs create --type nonsense --instructions x", 6),
        ("jobs list --limit 1000", 6),
        ("jobs list --cursor nonsense", 6),
        ("tokens list", 3),
        ("jobs list --token unknown-token", 3),
        ("jobs list --url http://127.0.0.1:9", 7),
        ("jobs list --nonsense", 2),
    ],
)
def test_error_has_its_exit_code(tenant: Tenant, shell: NewShell, command: str, status: int) -> None:
    done = shell(tenant.member).run(*command.split(), status=status)
    assert done.stdout == ""
    assert done.stderr


def test_forbidden_state_exits_5(tenant: Tenant, shell: NewShell) -> None:
    done = shell(tenant.member).run("jobs", "retry", tenant.create_delayed()["id"], "--json", status=5)

    assert json.loads(done.stderr)["code"] == "illegal_state"


@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_watch_leaves_the_job_running(
    tenant: Tenant, shell: NewShell, sent: signal.Signals, status: int
) -> None:
    job_id = tenant.create_delayed()["id"]
    with shell(tenant.viewer).start("jobs", "watch", job_id) as watching:
        assert watching.stdout is not None
        assert "job.created" in watching.stdout.readline()
        watching.send_signal(sent)
        _, errors = watching.communicate(timeout=SECONDS)

    assert watching.returncode == status
    assert ("the job continues" in errors) is (sent is signal.SIGINT)
    assert tenant.job(job_id)["status"] == "PENDING"


def test_closed_output_pipe_exits_141(tenant: Tenant, shell: NewShell) -> None:
    tenant.create_delayed()
    reading, writing = os.pipe()
    os.close(reading)
    with shell(tenant.viewer).start("jobs", "list", output=writing) as listing:
        os.close(writing)
        _, errors = listing.communicate(timeout=SECONDS)

    assert (listing.returncode, errors) == (141, "")


@pytest.mark.parametrize(("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_terminal_output_is_live_and_coloured(
    tenant: Tenant, shell: NewShell, variables: dict[str, str], coloured: bool
) -> None:
    job_id = tenant.create()["id"]
    terminal_side, program_side = pty.openpty()
    settings = {"TERM": "xterm", "COLUMNS": "120", **variables}
    at = Shell(shell(tenant.viewer).environment | settings)
    with at.start("jobs", "watch", job_id, output=program_side) as watching:
        os.close(program_side)
        output = _read_all(terminal_side)

    assert watching.returncode == 0
    assert job_id in output
    assert "agent run" in output
    assert ("\x1b[32m" in output) is coloured
    assert output.rstrip().endswith("\x1b[?25h"), "the cursor is there again"


def _read_all(terminal: int) -> str:
    """Returns all output until the other side of the terminal is closed."""
    output = b""
    with os.fdopen(terminal, "rb", buffering=0) as opened:
        while True:
            try:
                chunk = opened.read(4096)
            except OSError:  # Linux raises it when the other side is closed
                break
            if not chunk:
                break
            output += chunk
    return output.decode()


def test_tokens_can_be_created_used_and_revoked(
    tenant: Tenant, shell: NewShell, issued_tokens: list[str]
) -> None:
    admin = shell(tenant.admin)
    created = admin.json("tokens", "create", "--name", "dashboard", "--role", "viewer")
    issued_tokens.append(created["token"])

    admin.run("jobs", "list", "--token", created["token"])
    assert f"revoked: {created['id']}" in admin.run("tokens", "revoke", created["id"]).stdout
    listed = {token["id"]: token for token in admin.json("tokens", "list", "--all")["items"]}
    assert listed[created["id"]]["revokedAt"]
    assert "token" not in listed[created["id"]]


def test_workspace_set_accepts_workspace_show_output(tenant: Tenant, shell: NewShell) -> None:
    admin = shell(tenant.admin)
    workspace = admin.json("workspace", "show")
    changed, late = (json.dumps({**workspace, "gateTimeoutSeconds": seconds}) for seconds in (600, 700))

    assert admin.json("workspace", "set", "-", stdin=changed)["gateTimeoutSeconds"] == 600
    admin.run("workspace", "set", "-", stdin=late, status=5)
    assert "gate timeout: 10 min" in admin.run("workspace", "show").stdout


def test_health_needs_no_token_option(stack: LocalStack) -> None:
    assert Shell({"MOSAIC_URL": stack.url, "MOSAIC_TOKEN": "unknown"}).run("health").stdout == "status: ok\n"


def test_demo_commands_lead_to_completed_job(stack: LocalStack, tmp_path: Path) -> None:
    """The commands of the first tour, with only the URL configured."""
    visitor = Shell({"HOME": str(tmp_path), "PATH": os.environ["PATH"], "MOSAIC_URL": stack.url})

    mention = visitor.run("demo", "mention", "find out why the login fails")
    job_id = mention.stdout.splitlines()[0].removeprefix("id: ")
    watched = visitor.run("jobs", "watch", job_id[-6:].lower(), "--until", "validation")
    assert "phase=VALIDATION" in watched.stdout
    done = visitor.run("demo", "gates", job_id)
    assert f"id: {job_id}\nstatus: COMPLETED\n" in done.stdout

    job = visitor.json("jobs", "show", job_id)
    assert (job["instructions"], job["source"]["actor"]) == (
        "find out why the login fails",
        "github:ada",
    )
    assert visitor.run("open", job_id).stdout.startswith(
        "https://github.com/acme/shop/issues/7#issuecomment-"
    )
    assert "agent run:" in visitor.run("jobs", "logs", job_id).stdout
    assert job_id in visitor.run("jobs", "list", "--status", "COMPLETED", "-q").stdout.splitlines()


def test_refused_demo_command_explains_the_reason(stack: LocalStack, tmp_path: Path) -> None:
    visitor = Shell({"HOME": str(tmp_path), "PATH": os.environ["PATH"], "MOSAIC_URL": stack.url})

    assert "ignored" in visitor.run("demo", "mention", "hello", "--actor", "mosaic", status=5).stderr
    elsewhere = ("demo", "mention", "hello", "--url", "https://api.example.com")
    assert "local stack" in visitor.run(*elsewhere, status=2).stderr
    waiting = visitor.run(
        "jobs", "create", "--type", "git-status", "--instructions", "x", "--run-at", "1h", "-q"
    )
    assert "waits for no gates" in visitor.run("demo", "gates", waiting.stdout.strip(), status=5).stderr


def test_watch_timeout_leaves_the_job_unchanged(tenant: Tenant, shell: NewShell) -> None:
    job_id = tenant.create_delayed()["id"]

    errors = shell(tenant.viewer).run("jobs", "watch", job_id, "--timeout", "1s", status=124).stderr
    assert f"mosaic jobs watch {job_id}" in errors
    assert tenant.job(job_id)["status"] == "PENDING"


def test_completion_lists_job_ids_of_the_api(tenant: Tenant, shell: NewShell) -> None:
    job_id = tenant.create_delayed()["id"]
    asking = {
        "_MOSAIC_COMPLETE": "complete_zsh",
        "_TYPER_COMPLETE_ARGS": f"mosaic jobs show {job_id[:12]}",
    }

    offered = Shell({**shell(tenant.viewer).environment, **asking}).run().stdout
    assert f'"{job_id}"' in offered
