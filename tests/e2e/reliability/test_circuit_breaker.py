"""The circuit breaker stops calls to a failing gateway; all waiting jobs run after the recovery."""

from tests.e2e.support.gateway_switch import GatewaySwitch
from tests.e2e.support.http_client import Caller, Json, wait_until
from tests.e2e.support.tenants import NewTenant, Tenant

FAILURES = 5
BACK = 60.0


def circuit(admin: Caller) -> Json:
    gateway: Json = admin.get("/health").ok()["gateway"]
    return gateway


def tries(tenant: Tenant, job_id: str) -> int:
    return tenant.event_types(job_id).count("dispatch.failed")


def test_jobs_wait_for_open_circuit_and_run_later(new_tenant: NewTenant, gateway_down: GatewaySwitch) -> None:
    tenant = new_tenant()
    first = [tenant.create()["id"] for _ in range(FAILURES)]
    wait_until(lambda: circuit(tenant.admin)["circuit"] == "open", "the circuit opens")
    health = tenant.admin.get("/health").ok()
    assert (health["status"], health["gateway"]["failures"] >= FAILURES) == ("degraded", True)
    assert health["gateway"]["reason"]
    assert tenant.viewer.get("/health").ok() == {"status": "ok"}

    late = [tenant.create()["id"] for _ in range(4)]
    for job_id in late:
        wait_until(lambda job_id=job_id: tenant.job(job_id)["waiting"] == "gateway", "a new job waits")  # type: ignore[misc]
    assert {tenant.job(job_id)["status"] for job_id in late} == {"QUEUED"}
    assert all(tenant.job(job_id)["retryAt"] for job_id in late)

    gateway_down.start()

    def done() -> bool:
        return {tenant.job(job_id)["status"] for job_id in (*first, *late)} == {"COMPLETED"}

    wait_until(done, "all jobs have run", within=BACK)
    assert {tenant.job(job_id)["attempt"] for job_id in (*first, *late)} == {1}
    assert [tries(tenant, job_id) for job_id in late] == [0] * len(late)
    assert sum(tries(tenant, job_id) for job_id in first) == FAILURES
    assert all(gateway_down.model_call_count(job_id) == 1 for job_id in (*first, *late))
    wait_until(lambda: circuit(tenant.admin)["circuit"] == "closed", "the circuit closes")
    assert tenant.admin.get("/health").ok()["status"] == "ok"
