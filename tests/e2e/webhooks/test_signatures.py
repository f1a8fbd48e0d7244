"""Who sends a webhook or a callback has to prove it; what is not proven makes no job and learns nothing."""

import time
from collections.abc import Callable, Iterator

import pytest

from local.demo import CALLBACK_TOKEN
from tests.e2e.support.gateway_switch import GatewaySwitch
from tests.e2e.support.http_client import Web
from tests.e2e.support.tenants import Connect, Tenant
from tests.e2e.support.webhook_deliveries import (
    PATHS,
    PROVIDERS,
    SIGNATURES,
    Delivery,
    bot_form,
    digest,
    fresh,
    mention,
)

Forgery = Callable[[Delivery], Delivery]


def _with_signature(value: Callable[[Delivery], str]) -> Forgery:
    return lambda genuine: genuine.with_headers(**{SIGNATURES[genuine.provider]: value(genuine)})


def _signature(delivery: Delivery) -> str:
    return delivery.headers[SIGNATURES[delivery.provider]]


def _prefix(delivery: Delivery) -> str:
    return "" if delivery.provider == "gitea" else "sha256="


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
def test_a_signature_that_proves_nothing_makes_no_job(
    forgery: str, provider: str, web: Web, idle: Tenant
) -> None:
    genuine = mention(provider, "mend the lamp", idle.repository)
    FORGERIES[forgery](genuine).send(web).refused(401, "bad_signature")
    assert idle.newest() == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_refused_delivery_does_not_stand_in_the_way_of_the_genuine_one(
    provider: str, web: Web, tenant: Tenant
) -> None:
    genuine = mention(provider, "mend the lamp", tenant.repository)
    genuine.without_signature().send(web).refused(401)
    assert genuine.send(web).ok(202)["duplicate"] is False


@pytest.mark.parametrize(
    ("sent", "door"), [(sent, door) for sent in PROVIDERS for door in PROVIDERS if sent != door]
)
def test_another_providers_signature_opens_no_door(sent: str, door: str, web: Web, idle: Tenant) -> None:
    delivery = mention(sent, "mend the lamp", idle.repository)
    own = {SIGNATURES[sent]: _signature(delivery), "content-type": "application/json"}
    web.send("POST", PATHS[door], delivery.body, own).refused(401, "bad_signature")
    assert idle.newest() == []


TIMES = {"too old": -301.0, "too far ahead": 330.0}


@pytest.mark.parametrize("when", TIMES)
def test_the_bots_signature_is_good_for_five_minutes(when: str, web: Web, idle: Tenant) -> None:
    said = {"issueNumber": fresh(), "repository": idle.repository, "action": "assigned"}
    bot_form(said, sent_at=time.time() + TIMES[when]).send(web).refused(401, "bad_signature")
    assert idle.newest() == []


@pytest.mark.parametrize("timestamp", [None, "", "yesterday", "1e9", "-5", "9" * 400])
def test_the_bots_timestamp_is_part_of_the_signature(timestamp: str | None, web: Web, idle: Tenant) -> None:
    delivery = mention("mosaic", "mend the lamp", idle.repository)
    delivery.with_headers(x_mosaic_timestamp=timestamp).send(web).refused(401, "bad_signature")
    later = str(int(delivery.headers["x-mosaic-timestamp"]) + 1)
    delivery.with_headers(x_mosaic_timestamp=later).send(web).refused(401, "bad_signature")
    assert idle.newest() == []


@pytest.fixture
def no_catch_all(access: Connect) -> Iterator[None]:
    """For once the demo workspace does not take webhooks from any repository."""
    with access() as store:
        demo = store.workspace("demo")
        assert demo is not None
        store.put_workspace(demo.model_copy(update={"repositories": ()}))
    yield
    with access() as store:
        store.put_workspace(demo)


@pytest.mark.usefixtures("no_catch_all")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_unknown_repository_is_ignored_with_the_reason(
    provider: str, web: Web, demo: Tenant, tenant: Tenant
) -> None:
    before = demo.newest()
    stranger = mention(provider, "mend the lamp", "stranger/lamp")
    told = stranger.send(web).ok(200)
    assert told == {"ignored": "no workspace takes webhooks from this repository"}
    stranger.without_signature().send(web).refused(401, "bad_signature")
    assert demo.newest() == before

    job_id = mention(provider, "mend the lamp", tenant.repository).send(web).ok(202)["jobId"]
    assert tenant.newest() == [job_id]


def test_only_the_gateway_can_say_that_a_run_has_ended(
    web: Web, tenant: Tenant, gateway: GatewaySwitch
) -> None:
    job_id = tenant.create(instructions="SLEEP=30")["id"]
    tenant.until(job_id, "RUNNING", "EXECUTION")
    [run] = gateway.held(job_id)
    path = run["delivery"]["to"].partition("127.0.0.1")[2].partition("/")[2]
    said = b'{"action": "finished", "status": "ok", "summary": "done", "jobId": "made-up"}'
    genuine = {"content-type": "application/json", "authorization": f"Bearer {CALLBACK_TOKEN}"}

    for bearer in (None, "", "Bearer", "Bearer guess", f"Basic {CALLBACK_TOKEN}", tenant.admin.token):
        headers = genuine | {"authorization": bearer} if bearer is not None else {}
        web.send("POST", f"/{path}", said, headers).refused(401, "bad_callback")
    token = path.rpartition("/")[2]
    for guess in (token[:-2] + "xx", token.partition(".")[0], "x", "a.b", "." * 500):
        web.send("POST", f"/stitcher/openclaw/{guess}", said, genuine).refused(401, "bad_callback")
    text = genuine | {"content-type": "text/plain"}
    web.send("POST", f"/{path}", said, text).refused(415, "unsupported_media_type")
    assert tenant.job(job_id)["status"] == "RUNNING"

    upper = genuine | {"content-type": "Application/JSON; charset=utf-8"}
    assert web.send("POST", f"/{path}", said, upper).ok()["changed"] is True
    assert web.send("POST", f"/{path}", said, genuine).ok()["changed"] is False
    assert tenant.job(job_id)["status"] == "COMPLETED"
