"""One seeded stack with a stand-in gateway for all tests here, and workspaces made on it at will."""

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
from tests.e2e.support.http_client import Caller, Web
from tests.e2e.support.oidc_issuer import WebIssuer
from tests.e2e.support.tenants import Connect, NewTenant, Tenant
from tests.e2e.support.webhook_deliveries import PROVIDERS
from tests.fakes.issuer import AUDIENCE


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the files of one share, and run the final invariants last in every share.

    E2E_SHARE=1/2 runs half of the files, so that two processes with a stack each can divide the work.
    """
    share, _, shares = os.environ.get("E2E_SHARE", "1/1").partition("/")
    tests = Counter(_file(item) for item in items if _file(item) != LAST)
    kept = {LAST, *divide(tests, int(shares))[int(share) - 1]}
    config.hook.pytest_deselected(items=[item for item in items if _file(item) not in kept])
    items[:] = sorted((item for item in items if _file(item) in kept), key=lambda item: _file(item) == LAST)


def divide(tests: Counter[str], shares: int) -> list[list[str]]:
    """Divide files into shares of about as many tests, in the same way in every process."""
    divided: list[list[str]] = [[] for _ in range(shares)]
    for file in sorted(tests, key=lambda file: (-tests[file], file)):
        min(divided, key=lambda share: sum(tests[known] for known in share)).append(file)
    return divided


def _file(item: pytest.Item) -> str:
    return item.path.relative_to(Path(__file__).parent).as_posix()


LAST = "test_final_invariants.py"
"""Checks all that the other tests left behind"""


@pytest.fixture(scope="session")
def gateway() -> Iterator[GatewaySwitch]:
    switch = GatewaySwitch()
    yield switch
    switch.close()


@pytest.fixture
def gateway_away(gateway: GatewaySwitch) -> Iterator[GatewaySwitch]:
    """The gateway, switched off; on again after the test at the latest."""
    gateway.stop()
    yield gateway
    gateway.start()


@pytest.fixture(scope="session")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the functions' logs."""
    return tmp_path_factory.mktemp("logs")


@pytest.fixture(scope="session")
def issuer() -> Iterator[WebIssuer]:
    """The OIDC issuer that the stack believes."""
    opened = WebIssuer()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def stack(
    gateway: GatewaySwitch, issuer: WebIssuer, logs: Path, keep_calls: Callable[[LocalStack], None]
) -> Iterator[LocalStack]:
    parameters = {"OpenClawUrl": gateway.url, "OidcIssuer": issuer.url, "OidcAudience": AUDIENCE}
    with LocalStack(parameters, logs=logs, prepare=Seed()) as running:
        errors = running.import_errors()
        if errors:
            pytest.fail(f"functions do not start: {errors}, see {logs}")
        yield running
        keep_calls(running)


@pytest.fixture(scope="session")
def keep_calls() -> Callable[[LocalStack], None]:
    """Leaves what a stack's functions asked of AWS in the folder E2E_CALLS, for the tests of their roles."""

    def keep(stack: LocalStack) -> None:
        if folder := os.environ.get("E2E_CALLS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            lines = sorted({json.dumps(asdict(replace(call, request_bytes=0))) for call in stack.calls()})
            (Path(folder) / f"{os.getpid()}-{token_hex(4)}.jsonl").write_text("\n".join(lines))

    return keep


@pytest.fixture(scope="session")
def web(stack: LocalStack) -> Iterator[Web]:
    opened = Web(stack.url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def access(stack: LocalStack) -> Connect:
    """Opens the stack's workspaces and tokens; the environment names the stack's cloud meanwhile."""
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
def bearers() -> list[str]:
    """Every API token that was made in this session."""
    return []


@pytest.fixture(scope="session")
def new_caller(web: Web, access: Connect, bearers: list[str]) -> Callable[[str, Role], Caller]:
    """Makes a token: `new_caller(workspace_id, role)`."""

    def make(workspace_id: str, role: Role) -> Caller:
        bearer = f"{workspace_id}-{role}-{len(bearers)}-{token_hex(16)}"
        token_id, secret = split(bearer)
        now, kept = datetime.now(UTC), digest(secret)
        token = Token(id=token_id, workspace_id=workspace_id, role=role, digest=kept, created_at=now)
        with access() as store:
            store.put_token(token)
        bearers.append(bearer)
        return Caller(web, bearer)

    return make


@pytest.fixture(scope="session")
def demo(new_caller: Callable[[str, Role], Caller]) -> Tenant:
    """The workspace that every stack on one machine has; it takes webhooks from any repository."""
    return Tenant("demo", "acme/shop", partial(new_caller, "demo"))


@pytest.fixture(scope="session")
def new_tenant(access: Connect, new_caller: Callable[[str, Role], Caller]) -> NewTenant:
    """Makes a workspace that answers for its own repository alone: `new_tenant(max_dispatch_tries=2)`."""
    numbers = count(1)

    def make(**settings: object) -> Tenant:
        workspace_id = f"tenant{next(numbers)}"
        repository = f"{workspace_id}/rockets"
        answers_for = [{"provider": provider, "name": repository} for provider in PROVIDERS]
        told = {"id": workspace_id, "repositories": answers_for, **settings}
        with access() as store:
            store.put_workspace(Workspace.model_validate(told))
        return Tenant(workspace_id, repository, partial(new_caller, workspace_id))

    return make


@pytest.fixture(scope="session")
def idle(new_tenant: NewTenant) -> Tenant:
    """A workspace in which no test may bring a job about."""
    return new_tenant()


@pytest.fixture
def tenant(new_tenant: NewTenant) -> Tenant:
    """A workspace of this test's own, still without any job."""
    return new_tenant()
