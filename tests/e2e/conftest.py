"""One seeded stack with a stand-in gateway for all tests here, and new workspaces on it."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from secrets import token_hex

import pytest

from local.demo import Seed
from local.stack import LocalStack
from mosaic.access.model import Role, Token, Workspace
from mosaic.access.tokens import digest, split
from mosaic.storage.access import AccessStore
from tests.e2e.support.gateway_switch import GatewaySwitch
from tests.e2e.support.http_client import Caller, HttpClient
from tests.e2e.support.oidc_issuer import HttpIssuer
from tests.e2e.support.tenants import NewTenant, OpenAccessStore, Tenant
from tests.e2e.support.webhook_deliveries import PROVIDERS
from tests.fakes.issuer import AUDIENCE


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keeps the files of one share, and runs the final invariants last in every share.

    E2E_SHARE=1/2 runs half of the files, so that two processes with a stack each can divide the work.
    """
    share, _, shares = os.environ.get("E2E_SHARE", "1/1").partition("/")
    tests = Counter(_file(item) for item in items if _file(item) != LAST)
    weights = tests | Counter({file: weight for file, weight in SLOW.items() if file in tests})
    kept = {LAST, *divide(weights, int(shares))[int(share) - 1]}
    config.hook.pytest_deselected(items=[item for item in items if _file(item) not in kept])
    items[:] = sorted((item for item in items if _file(item) in kept), key=lambda item: _file(item) == LAST)


def divide(weights: Counter[str], shares: int) -> list[list[str]]:
    """Divides files into shares of about the same weight, in the same way in every process."""
    divided: list[list[str]] = [[] for _ in range(shares)]
    for file in sorted(weights, key=lambda file: (-weights[file], file)):
        min(divided, key=lambda share: sum(weights[name] for name in share)).append(file)
    return divided


def _file(item: pytest.Item) -> str:
    return item.path.relative_to(Path(__file__).parent).as_posix()


LAST = "test_final_invariants.py"
"""Checks all that the other tests left behind"""
SLOW = {
    "reliability/test_dead_letters.py": 450,
    "reliability/test_event_log.py": 200,
    "cli/test_command_line.py": 180,
    "api/test_cancel_and_retry.py": 130,
    "reliability/test_wait_queue.py": 90,
    "reliability/test_circuit_breaker.py": 75,
    "reliability/test_gateway_outage.py": 75,
    "rails/test_gates.py": 60,
}
"""Files that wait a lot, with the number of other tests that take as long"""


@pytest.fixture(scope="session")
def gateway() -> Iterator[GatewaySwitch]:
    switch = GatewaySwitch()
    yield switch
    switch.close()


@pytest.fixture
def gateway_down(gateway: GatewaySwitch) -> Iterator[GatewaySwitch]:
    """The stopped gateway; it runs again after the test."""
    gateway.stop()
    yield gateway
    gateway.start()


@pytest.fixture(scope="session")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the functions' logs."""
    return tmp_path_factory.mktemp("logs")


@pytest.fixture(scope="session")
def issuer() -> Iterator[HttpIssuer]:
    """The OIDC issuer that the stack trusts."""
    opened = HttpIssuer()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def ci_issuer() -> Iterator[HttpIssuer]:
    """The OIDC issuer of a CI, which the stack lets workspaces trust."""
    opened = HttpIssuer()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def stack(
    gateway: GatewaySwitch,
    issuer: HttpIssuer,
    ci_issuer: HttpIssuer,
    logs: Path,
    record_calls: Callable[[LocalStack], None],
) -> Iterator[LocalStack]:
    parameters = {
        "OpenClawUrl": gateway.url,
        "OidcIssuer": issuer.url,
        "OidcAudience": AUDIENCE,
        "CiIssuers": ci_issuer.url,
    }
    with LocalStack(parameters, logs=logs, prepare=Seed()) as running:
        errors = running.import_errors()
        if errors:
            pytest.fail(f"functions do not start: {errors}, see {logs}")
        yield running
        record_calls(running)


@pytest.fixture(scope="session")
def record_calls() -> Callable[[LocalStack], None]:
    """Writes the AWS calls of a stack's functions to the folder E2E_CALLS, for the tests of their roles."""

    def keep(stack: LocalStack) -> None:
        if folder := os.environ.get("E2E_CALLS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            lines = sorted({json.dumps(asdict(replace(call, request_bytes=0))) for call in stack.calls()})
            (Path(folder) / f"{os.getpid()}-{token_hex(4)}.jsonl").write_text("\n".join(lines))

    return keep


@pytest.fixture(scope="session")
def http(stack: LocalStack) -> Iterator[HttpClient]:
    opened = HttpClient(stack.url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def open_access_store(stack: LocalStack) -> OpenAccessStore:
    """Opens the stack's table of workspaces and tokens; within it the environment names the stack's cloud."""
    environment = stack.import_environment("ApiFunction")
    store = AccessStore(environment["ACCESS_TABLE"])

    @contextmanager
    def connect() -> Iterator[AccessStore]:
        with pytest.MonkeyPatch.context() as patch:
            for name in environment:
                if name.startswith("AWS_"):
                    patch.setenv(name, environment[name])
            yield store

    return connect


@pytest.fixture(scope="session")
def issued_tokens() -> list[str]:
    """Every API token that was created in this session."""
    return []


@pytest.fixture(scope="session")
def new_caller(
    http: HttpClient, open_access_store: OpenAccessStore, issued_tokens: list[str]
) -> Callable[[str, Role], Caller]:
    """Creates a token: `new_caller(workspace_id, role)`."""

    def make(workspace_id: str, role: Role) -> Caller:
        bearer = f"{workspace_id}-{role}-{len(issued_tokens)}-{token_hex(16)}"
        token_id, secret = split(bearer)
        now, kept = datetime.now(UTC), digest(secret)
        repositories = ("*",) if role is Role.REPORTER else ()
        token = Token(
            id=token_id,
            workspace_id=workspace_id,
            role=role,
            digest=kept,
            repositories=repositories,
            created_at=now,
        )
        with open_access_store() as store:
            store.put_token(token)
        issued_tokens.append(bearer)
        return Caller(http, bearer)

    return make


@pytest.fixture(scope="session")
def demo(new_caller: Callable[[str, Role], Caller]) -> Tenant:
    """The demo workspace of every local stack; it accepts webhooks from any repository."""
    return Tenant("demo", "acme/shop", partial(new_caller, "demo"))


@pytest.fixture(scope="session")
def new_tenant(open_access_store: OpenAccessStore, new_caller: Callable[[str, Role], Caller]) -> NewTenant:
    """Creates a workspace with one repository: `new_tenant(max_dispatch_tries=2)`.

    Its forge sends no pushes, unless the test requires them.
    """
    numbers = count(1)

    def make(**fields: object) -> Tenant:
        workspace_id = f"tenant{next(numbers)}"
        repository = f"{workspace_id}/rockets"
        answers_for = [{"provider": provider, "name": repository} for provider in PROVIDERS]
        # Jobs of guests would wait for an approval.
        members = [f"{provider}:ada" for provider in PROVIDERS]
        settings = {
            "id": workspace_id,
            "repositories": answers_for,
            "require_push": False,
            "forge_members": members,
            **fields,
        }
        with open_access_store() as store:
            store.put_workspace(Workspace.model_validate(settings))
        return Tenant(workspace_id, repository, partial(new_caller, workspace_id))

    return make


@pytest.fixture(scope="session")
def empty_tenant(new_tenant: NewTenant) -> Tenant:
    """A workspace in which no test may create a job."""
    return new_tenant()


@pytest.fixture
def tenant(new_tenant: NewTenant) -> Tenant:
    """A new workspace for this test, without jobs."""
    return new_tenant()
