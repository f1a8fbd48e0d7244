"""One seeded stack with a stand-in gateway for all tests here, and workspaces made on it at will."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from secrets import token_hex

import pytest

from local.demo import seed
from local.stack import LocalStack
from mosaic.access.model import Role, Token, Workspace
from mosaic.access.store import AccessStore
from mosaic.access.tokens import digest, split
from tests.e2e.forges import PROVIDERS
from tests.e2e.gateways import GatewaySwitch
from tests.e2e.tenants import Tenant
from tests.e2e.web import Caller, Web

NewTenant = Callable[..., Tenant]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What has to hold after everything that was done comes last."""
    items.sort(key=lambda item: item.path.name == "test_in_the_end.py")


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
def stack(gateway: GatewaySwitch, logs: Path) -> Iterator[LocalStack]:
    with LocalStack({"OpenClawUrl": gateway.url}, logs=logs) as running:
        seed(running)
        broken = running.broken()
        if broken:
            pytest.fail(f"functions do not start: {broken}, see {logs}")
        yield running


@pytest.fixture(scope="session")
def web(stack: LocalStack) -> Iterator[Web]:
    opened = Web(stack.url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def access(stack: LocalStack) -> AccessStore:
    """The stack's workspaces and tokens; connected while the environment names the stack's cloud."""
    environment = stack.import_environment("ApiFunction")
    with pytest.MonkeyPatch.context() as patch:
        for name in environment:
            if name.startswith("AWS_"):
                patch.setenv(name, environment[name])
        store = AccessStore(environment["ACCESS_TABLE"])
        assert store.workspace("demo") is not None
    return store


@pytest.fixture(scope="session")
def bearers() -> list[str]:
    """Every API token that was made in this session."""
    return []


@pytest.fixture(scope="session")
def new_caller(web: Web, access: AccessStore, bearers: list[str]) -> Callable[[str, Role], Caller]:
    """Makes a token of a workspace in a role: `new_caller(workspace_id, role)`."""

    def make(workspace_id: str, role: Role) -> Caller:
        bearer = f"{workspace_id}-{role}-{len(bearers)}-{token_hex(16)}"
        token_id, secret = split(bearer)
        now = datetime.now(UTC)
        access.put_token(
            Token(id=token_id, workspace_id=workspace_id, role=role, digest=digest(secret), created_at=now)
        )
        bearers.append(bearer)
        return Caller(web, bearer)

    return make


@pytest.fixture(scope="session")
def people(new_caller: Callable[[str, Role], Caller]) -> Callable[[str, str], Tenant]:
    """Gives a workspace that is stored its people."""

    def hire(workspace_id: str, repository: str) -> Tenant:
        return Tenant(
            id=workspace_id,
            repository=repository,
            admin=new_caller(workspace_id, Role.ADMIN),
            second_admin=new_caller(workspace_id, Role.ADMIN),
            member=new_caller(workspace_id, Role.MEMBER),
            viewer=new_caller(workspace_id, Role.VIEWER),
            reporter=new_caller(workspace_id, Role.REPORTER),
        )

    return hire


@pytest.fixture(scope="session")
def demo(people: Callable[[str, str], Tenant]) -> Tenant:
    """The workspace that every stack on one machine has; it takes webhooks from any repository."""
    return people("demo", "acme/shop")


@pytest.fixture(scope="session")
def new_tenant(access: AccessStore, people: Callable[[str, str], Tenant]) -> NewTenant:
    """Makes a workspace that answers for its own repository alone: `new_tenant(max_dispatch_tries=2)`."""
    numbers = count(1)

    def make(**settings: object) -> Tenant:
        workspace_id = f"tenant{next(numbers)}"
        repository = f"{workspace_id}/rockets"
        access.put_workspace(Workspace.model_validate({"id": workspace_id, **settings}))
        for provider in PROVIDERS:
            access.connect(provider, repository, workspace_id)
        return people(workspace_id, repository)

    return make


@pytest.fixture
def tenant(new_tenant: NewTenant) -> Tenant:
    """A workspace of this test's own, still without any job."""
    return new_tenant()
