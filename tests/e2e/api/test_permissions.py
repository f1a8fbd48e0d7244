"""Who may call what: the table of routes and permissions, asked of the running API for every role."""

from collections.abc import Callable
from itertools import product

import pytest

from api.authorization import ROUTES
from mosaic.access.model import PERMISSIONS, STORED_ROLES, Role
from tests.e2e.support.http_client import Answer, Caller, Web
from tests.e2e.support.tenants import Tenant
from tools.openapi import page

GUARDED = [route for route, permission in ROUTES.items() if permission is not None]
UNKNOWN_JOB = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


def _call(caller: Caller, route: str) -> Answer:
    method, _, path = route.partition(" ")
    filled = path.replace("{jobId}", UNKNOWN_JOB).replace("{gateId}", "build").replace("{tokenId}", "none")
    if method == "GET":
        return caller.get(filled)
    if method == "DELETE":
        return caller.delete(filled)
    return caller.put(filled, {}) if method == "PUT" else caller.post(filled, {})


@pytest.fixture(scope="module")
def holder(demo: Tenant) -> Callable[[Role], Caller]:
    """Somebody in this role."""
    held = {
        Role.VIEWER: demo.viewer,
        Role.MEMBER: demo.member,
        Role.REPORTER: demo.reporter,
        Role.ADMIN: demo.admin,
    }
    return held.__getitem__


@pytest.mark.parametrize(("route", "role"), list(product(GUARDED, STORED_ROLES)))
def test_a_role_may_do_what_its_permissions_say(
    route: str, role: Role, holder: Callable[[Role], Caller]
) -> None:
    answer = _call(holder(role), route)
    if ROUTES[route] in PERMISSIONS[role]:
        assert answer.status in (200, 404, 422), str(answer)
    else:
        answer.refused(403, "forbidden")


STRANGERS = {
    "no token": None,
    "an unknown token": "local-nobody-token",
    "a wrong secret": "local-admin-tokem",
    "no secret": "local-admin-",
    "an id alone": "local-admin",
    "a role": "admin",
    "Unicode": "local-admin-tökén",
    "a thousand dashes": "-" * 1000,
}


@pytest.mark.parametrize("route", GUARDED)
@pytest.mark.parametrize("stranger", STRANGERS)
def test_nobody_gets_in_without_a_valid_token(stranger: str, route: str, web: Web) -> None:
    _call(Caller(web, STRANGERS[stranger]), route).refused(401, "unauthorized")


@pytest.mark.parametrize("scheme", ["Basic", "Token", ""])
def test_a_token_is_a_bearer_token(scheme: str, web: Web) -> None:
    headers = {"authorization": f"{scheme} local-admin-token".strip()}
    web.send("GET", "/runner-jobs", headers=headers).refused(401, "unauthorized")


@pytest.mark.parametrize("role", STORED_ROLES)
def test_the_demo_tokens_of_the_readme_open_their_role(role: Role, web: Web) -> None:
    answer = Caller(web, f"local-{role}-token").get("/runner-jobs")
    assert answer.status == (200 if ROUTES["GET /runner-jobs"] in PERMISSIONS[role] else 403)


def test_anyone_may_ask_whether_the_api_answers(web: Web) -> None:
    assert Caller(web, None).get("/health").ok() == {"status": "ok"}


def test_the_root_leads_on_to_the_page(web: Web) -> None:
    page.write()
    answered = web.send("GET", "/")
    assert (answered.status, answered.headers["location"]) == (302, "/docs")
    assert web.send("GET", "/docs").status == 200
