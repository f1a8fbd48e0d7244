"""A create that is sent again with its Idempotency-Key is the same create."""

from concurrent.futures import ThreadPoolExecutor

from tests.e2e.support.tenants import Tenant
from tests.e2e.support.webhook_deliveries import fresh

ASKED = {"type": "git-status", "instructions": "Say what has changed."}


def test_the_same_key_and_body_answer_the_first_job(tenant: Tenant) -> None:
    key = f"key-{fresh()}"
    first = tenant.member.post("/runner-jobs", ASKED, idempotency_key=key)
    assert "idempotent-replay" not in first.headers
    again = tenant.member.post("/runner-jobs", dict(reversed(ASKED.items())), idempotency_key=key)
    assert again.ok(200)["id"] == first.ok(202)["id"]
    assert again.headers["idempotent-replay"] == "true"
    assert len(tenant.newest()) == 1


def test_the_same_key_with_another_body_is_refused(tenant: Tenant) -> None:
    key = f"key-{fresh()}"
    tenant.member.post("/runner-jobs", ASKED, idempotency_key=key).ok(202)
    other = tenant.member.post("/runner-jobs", ASKED | {"priority": 1}, idempotency_key=key)
    other.refused(422, "idempotency_key_reused")
    assert len(tenant.newest()) == 1


def test_the_same_key_at_the_same_time_makes_one_job(tenant: Tenant) -> None:
    key, member = f"key-{fresh()}", tenant.member
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: member.post("/runner-jobs", ASKED, idempotency_key=key), range(3)))
    assert sorted(answer.status for answer in answers) == [200, 200, 202]
    assert {answer.json["id"] for answer in answers} == set(tenant.newest())


def test_without_a_key_every_create_is_a_job(tenant: Tenant) -> None:
    assert len({tenant.parked()["id"] for _ in "12"}) == 2
