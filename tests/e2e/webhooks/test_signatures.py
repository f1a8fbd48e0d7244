"""Webhooks and callbacks need a valid signature or token; others create no job and reveal nothing."""

import time
from collections.abc import Callable, Iterator

import pytest

from local.demo import CALLBACK_TOKEN
from tests.e2e.support.gateway_switch import GatewaySwitch
from tests.e2e.support.http_client import HttpClient
from tests.e2e.support.tenants import OpenAccessStore, Tenant
from tests.e2e.support.webhook_deliveries import (
    PATHS,
    PROVIDERS,
    SIGNATURES,
    Delivery,
    bot_delivery,
    digest,
    mention,
    new_number,
)

Forgery = Callable[[Delivery], Delivery]


def _with_signature(value: Callable[[Delivery], str]) -> Forgery:
    return lambda genuine: genuine.with_headers(**{SIGNATURES[genuine.provider]: value(genuine)})


def _signature(delivery: Delivery) -> str:
    return delivery.headers[SIGNATURES[delivery.provider]]


def _prefix(delivery: Delivery) -> str:
    return "" if delivery.provider in ("gitea", "forgejo") else "sha256="


def _other_body(genuine: Delivery) -> Delivery:
    return Delivery(genuine.provider, genuine.body + b" ", genuine.headers)


FORGERIES: dict[str, Forgery] = {
    "unsigned": Delivery.without_signature,
    "empty": _with_signature(lambda _: ""),
    "nothing but the prefix": _with_signature(_prefix),
    "another secret's": _with_signature(lambda genuine: _prefix(genuine) + digest(genuine.body, "guess")),
    "an empty secret's": _with_signature(lambda genuine: _prefix(genuine) + digest(genuine.body, "")),
    "another body's": _other_body,
    "cut short": _with_signature(lambda genuine: _signature(genuine)[:-1]),
    "no digest": _with_signature(lambda genuine: _prefix(genuine) + "z" * 64),
    "in capitals": _with_signature(lambda genuine: _signature(genuine).upper()),
}


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("forgery", FORGERIES)
def test_invalid_signature_creates_no_job(
    forgery: str, provider: str, http: HttpClient, empty_tenant: Tenant
) -> None:
    genuine = mention(provider, "mend the lamp", empty_tenant.repository)
    FORGERIES[forgery](genuine).send(http).refused(401, "bad_signature")
    assert empty_tenant.newest_job_ids() == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_genuine_delivery_works_after_refused_copy(provider: str, http: HttpClient, tenant: Tenant) -> None:
    genuine = mention(provider, "mend the lamp", tenant.repository)
    genuine.without_signature().send(http).refused(401)
    assert genuine.send(http).ok(202)["duplicate"] is False


@pytest.mark.parametrize(
    ("sent", "target"), [(sent, target) for sent in PROVIDERS for target in PROVIDERS if sent != target]
)
def test_signature_of_other_provider_is_refused(
    sent: str, target: str, http: HttpClient, empty_tenant: Tenant
) -> None:
    delivery = mention(sent, "mend the lamp", empty_tenant.repository)
    own = {SIGNATURES[sent]: _signature(delivery), "content-type": "application/json"}
    http.send("POST", PATHS[target], delivery.body, own).refused(401, "bad_signature")
    assert empty_tenant.newest_job_ids() == []


TIMES = {"too old": -301.0, "too far ahead": 330.0}


@pytest.mark.parametrize("when", TIMES)
def test_bot_signature_expires_after_five_minutes(when: str, http: HttpClient, empty_tenant: Tenant) -> None:
    body = {"issueNumber": new_number(), "repository": empty_tenant.repository, "action": "assigned"}
    bot_delivery(body, sent_at=time.time() + TIMES[when]).send(http).refused(401, "bad_signature")
    assert empty_tenant.newest_job_ids() == []


@pytest.mark.parametrize("timestamp", [None, "", "yesterday", "1e9", "-5", "9" * 400])
def test_bot_signature_covers_the_timestamp(
    timestamp: str | None, http: HttpClient, empty_tenant: Tenant
) -> None:
    delivery = mention("mosaic", "mend the lamp", empty_tenant.repository)
    delivery.with_headers(x_mosaic_timestamp=timestamp).send(http).refused(401, "bad_signature")
    later = str(int(delivery.headers["x-mosaic-timestamp"]) + 1)
    delivery.with_headers(x_mosaic_timestamp=later).send(http).refused(401, "bad_signature")
    assert empty_tenant.newest_job_ids() == []


@pytest.fixture
def no_catch_all(open_access_store: OpenAccessStore) -> Iterator[None]:
    """The demo workspace does not accept webhooks from any repository during the test."""
    with open_access_store() as store:
        demo = store.workspace("demo")
        assert demo is not None
        store.put_workspace(demo.model_copy(update={"repositories": ()}))
    yield
    with open_access_store() as store:
        store.put_workspace(demo)


@pytest.mark.usefixtures("no_catch_all")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_unknown_repository_is_ignored_with_reason(
    provider: str, http: HttpClient, demo: Tenant, tenant: Tenant
) -> None:
    before = demo.newest_job_ids()
    stranger = mention(provider, "mend the lamp", "stranger/lamp")
    response = stranger.send(http).ok(200)
    assert response == {"ignored": "no workspace takes webhooks from this repository"}
    stranger.without_signature().send(http).refused(401, "bad_signature")
    assert demo.newest_job_ids() == before

    job_id = mention(provider, "mend the lamp", tenant.repository).send(http).ok(202)["jobId"]
    assert tenant.newest_job_ids() == [job_id]


def test_only_the_gateway_can_complete_a_run(
    http: HttpClient, tenant: Tenant, gateway: GatewaySwitch
) -> None:
    job_id = tenant.create(instructions="SLEEP=30")["id"]
    tenant.wait_for(job_id, "RUNNING", "EXECUTION")
    [run] = gateway.runs(job_id)
    path = run["delivery"]["to"].partition("127.0.0.1")[2].partition("/")[2]
    body = b'{"action": "finished", "status": "ok", "summary": "done", "jobId": "made-up"}'
    genuine = {"content-type": "application/json", "authorization": f"Bearer {CALLBACK_TOKEN}"}

    for bearer in (None, "", "Bearer", "Bearer guess", f"Basic {CALLBACK_TOKEN}", tenant.admin.token):
        headers = genuine | {"authorization": bearer} if bearer is not None else {}
        http.send("POST", f"/{path}", body, headers).refused(401, "bad_callback")
    token = path.rpartition("/")[2]
    for guess in (token[:-2] + "xx", token.partition(".")[0], "x", "a.b", "." * 500):
        http.send("POST", f"/stitcher/openclaw/{guess}", body, genuine).refused(401, "bad_callback")
    text = genuine | {"content-type": "text/plain"}
    http.send("POST", f"/{path}", body, text).refused(415, "unsupported_media_type")
    assert tenant.job(job_id)["status"] == "RUNNING"

    upper = genuine | {"content-type": "Application/JSON; charset=utf-8"}
    assert http.send("POST", f"/{path}", body, upper).ok()["changed"] is True
    assert http.send("POST", f"/{path}", body, genuine).ok()["changed"] is False
    assert tenant.job(job_id)["status"] == "COMPLETED"
