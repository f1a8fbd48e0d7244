"""A gateway that fails is left alone: jobs wait for it, and when it is back all of them run, none tried in vain."""

from tests.e2e.support.gateway_switch import GatewaySwitch
from tests.e2e.support.http_client import Caller, Json, eventually
from tests.e2e.support.tenants import NewTenant, Tenant

FAILURES = 5
BACK = 60.0


def circuit(admin: Caller) -> Json:
    gateway: Json = admin.get("/health").ok()["gateway"]
    return gateway


def tries(tenant: Tenant, job_id: str) -> int:
    return tenant.types(job_id).count("dispatch.failed")


def test_jobs_wait_for_a_dead_gateway_and_all_run_when_it_is_back(
    new_tenant: NewTenant, gateway_away: GatewaySwitch
) -> None:
    tenant = new_tenant()
    first = [tenant.create()["id"] for _ in range(FAILURES)]
    eventually(lambda: circuit(tenant.admin)["circuit"] == "open", "the circuit opens")
    health = tenant.admin.get("/health").ok()
    assert (health["status"], health["gateway"]["failures"] >= FAILURES) == ("degraded", True)
    assert health["gateway"]["reason"]
    assert tenant.viewer.get("/health").ok() == {"status": "ok"}

    late = [tenant.create()["id"] for _ in range(4)]
    for job_id in late:
        eventually(lambda job_id=job_id: tenant.job(job_id)["waiting"] == "gateway", "a new job waits")  # type: ignore[misc]
    assert {tenant.job(job_id)["status"] for job_id in late} == {"QUEUED"}
    assert all(tenant.job(job_id)["retryAt"] for job_id in late)

    gateway_away.start()

    def done() -> bool:
        return {tenant.job(job_id)["status"] for job_id in (*first, *late)} == {"COMPLETED"}

    eventually(done, "all have run", within=BACK)
    assert {tenant.job(job_id)["attempt"] for job_id in (*first, *late)} == {1}
    assert [tries(tenant, job_id) for job_id in late] == [0] * len(late)
    assert sum(tries(tenant, job_id) for job_id in first) == FAILURES
    assert all(gateway_away.models_ran(job_id) == 1 for job_id in (*first, *late))
    eventually(lambda: circuit(tenant.admin)["circuit"] == "closed", "the circuit closes")
    assert tenant.admin.get("/health").ok()["status"] == "ok"
