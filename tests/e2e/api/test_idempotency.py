"""Requests with the same Idempotency-Key create one job."""

from concurrent.futures import ThreadPoolExecutor

from tests.e2e.support.tenants import Tenant
from tests.e2e.support.webhook_deliveries import new_number

BODY = {"type": "git-status", "instructions": "Say what has changed."}


def test_same_key_and_body_return_first_job(tenant: Tenant) -> None:
    key = f"key-{new_number()}"
    first = tenant.member.post("/runner-jobs", BODY, idempotency_key=key)
    assert "idempotent-replay" not in first.headers
    again = tenant.member.post("/runner-jobs", dict(reversed(BODY.items())), idempotency_key=key)
    assert again.ok(200)["id"] == first.ok(202)["id"]
    assert again.headers["idempotent-replay"] == "true"
    assert len(tenant.newest_job_ids()) == 1


def test_same_key_with_other_body_is_refused(tenant: Tenant) -> None:
    key = f"key-{new_number()}"
    tenant.member.post("/runner-jobs", BODY, idempotency_key=key).ok(202)
    other = tenant.member.post("/runner-jobs", BODY | {"priority": 1}, idempotency_key=key)
    other.refused(422, "idempotency_key_reused")
    assert len(tenant.newest_job_ids()) == 1


def test_concurrent_requests_with_key_create_one_job(tenant: Tenant) -> None:
    key, member = f"key-{new_number()}", tenant.member
    with ThreadPoolExecutor(3) as pool:
        responses = list(pool.map(lambda _: member.post("/runner-jobs", BODY, idempotency_key=key), range(3)))
    assert sorted(response.status for response in responses) == [200, 200, 202]
    assert {response.json["id"] for response in responses} == set(tenant.newest_job_ids())


def test_each_request_without_key_creates_a_job(tenant: Tenant) -> None:
    assert len({tenant.create_delayed()["id"] for _ in "12"}) == 2
