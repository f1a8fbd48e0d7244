"""Two tenants on one stack: a connection has to be proven, and its secret counts for nobody else."""

import pytest

from tests.e2e.support.http_client import HttpClient
from tests.e2e.support.tenants import NewTenant, Tenant
from tests.e2e.support.webhook_deliveries import id_of, mention, new_number, payload_of, signed_delivery

PATH = "/workspaces/current/repositories"


@pytest.fixture
def victim(new_tenant: NewTenant) -> Tenant:
    return new_tenant(repositories=[])


@pytest.fixture
def evil(new_tenant: NewTenant) -> Tenant:
    return new_tenant(repositories=[])


def _connect(tenant: Tenant, repository: str) -> str:
    """Connects a repository of GitHub and returns the secret."""
    body = {"provider": "github", "name": repository}
    connection = tenant.admin.post(PATH, body).ok(201)
    assert connection["status"] == "pending"
    return str(connection["secret"])


def _statuses(tenant: Tenant) -> dict[str, str]:
    return {one["name"]: one["status"] for one in tenant.admin.get(PATH).ok()["items"]}


def test_connection_becomes_active_with_its_secret(http: HttpClient, victim: Tenant) -> None:
    repository = f"{victim.id}/proven"
    secret = _connect(victim, repository)

    mention("github", "please look", repository).signed_with(secret).send(http).ok(202)

    assert _statuses(victim) == {repository: "active"}
    assert victim.create(repository=repository)["repository"] == repository


def test_pending_claim_blocks_and_reveals_nothing(http: HttpClient, victim: Tenant, evil: Tenant) -> None:
    repository = f"{victim.id}/claimed"
    claimed, secret = _connect(evil, repository), _connect(victim, repository)

    job = mention("github", "for the owner only", repository).signed_with(secret).send(http).ok(202)

    assert victim.job(job["jobId"])["repository"] == repository
    assert evil.newest_job_ids() == []
    assert _statuses(evil) == {repository: "pending"}
    forged = mention("github", "approve", repository).signed_with(claimed)
    forged.send(http).refused(401, "bad_signature")


def test_shared_secret_forges_no_delivery(http: HttpClient, victim: Tenant) -> None:
    repository = f"{victim.id}/own"
    secret = _connect(victim, repository)
    mention("github", "hello", repository).signed_with(secret).send(http).ok(202)

    mention("github", "forged with the stack's secret", repository).send(http).refused(401, "bad_signature")


def test_secret_counts_at_one_provider(http: HttpClient, victim: Tenant) -> None:
    repository = f"{victim.id}/doors"
    secret = _connect(victim, repository)
    mention("github", "hello", repository).signed_with(secret).send(http).ok(202)

    mention("gitea", "hello", repository).signed_with(secret).send(http).refused(401, "bad_signature")


@pytest.mark.parametrize("path", ["/runner-jobs", "/stitcher/dispatch"])
def test_tenant_sends_no_agent_to_foreign_repositories(victim: Tenant, evil: Tenant, path: str) -> None:
    _connect(evil, f"{victim.id}/shop")
    body = {"type": "git-status", "instructions": "read it", "repository": f"{victim.id}/shop"}

    evil.member.post(path, body).refused(422, "repository_not_connected")


def test_connection_follows_a_renamed_repository(http: HttpClient, victim: Tenant) -> None:
    old, new = f"{victim.id}/old", f"{victim.id}/new"
    secret = _connect(victim, old)
    mention("github", "hello", old).signed_with(secret).send(http).ok(202)

    renamed = payload_of("github", "issue_comment.created", new)
    renamed["repository"]["id"] = id_of(old)
    renamed["comment"] |= {"id": new_number(), "body": "@mosaic look again"}
    job = signed_delivery("github", "issue_comment", renamed).signed_with(secret).send(http).ok(202)

    assert victim.job(job["jobId"])["repository"] == new
    assert _statuses(victim) == {new: "active"}


def test_rotated_and_deleted_connections(http: HttpClient, victim: Tenant) -> None:
    repository = f"{victim.id}/rotated"
    first = _connect(victim, repository)
    mention("github", "one", repository).signed_with(first).send(http).ok(202)
    second = victim.admin.post(f"{PATH}/github/{repository}/rotate").ok()["secret"]

    for secret in (first, second):
        mention("github", f"with {secret[:4]}", repository).signed_with(secret).send(http).ok(202)
    assert victim.admin.delete(f"{PATH}/github/{repository}").status == 204

    mention("github", "gone", repository).signed_with(second).send(http).refused(401, "bad_signature")
    assert _statuses(victim) == {}
