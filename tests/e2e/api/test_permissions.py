"""The running API enforces the table of routes and permissions for every role."""

from collections.abc import Callable
from itertools import product

import pytest

from api.authorization import ROUTES
from mosaic.access.model import PERMISSIONS, STORED_ROLES, Role
from tests.e2e.support.http_client import Caller, HttpClient, Response
from tests.e2e.support.tenants import Tenant
from tools.openapi import page

GUARDED = [route for route, permission in ROUTES.items() if permission is not None]
UNKNOWN_JOB = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


def _call(caller: Caller, route: str) -> Response:
    method, _, path = route.partition(" ")
    filled = path.replace("{jobId}", UNKNOWN_JOB).replace("{gateId}", "build").replace("{tokenId}", "none")
    if method == "GET":
        return caller.get(filled)
    if method == "DELETE":
        return caller.delete(filled)
    return caller.put(filled, {}) if method == "PUT" else caller.post(filled, {})


@pytest.fixture(scope="module")
def caller_in_role(demo: Tenant) -> Callable[[Role], Caller]:
    """Returns a caller in this role."""
    callers = {
        Role.VIEWER: demo.viewer,
        Role.MEMBER: demo.member,
        Role.REPORTER: demo.reporter,
        Role.ADMIN: demo.admin,
    }
    return callers.__getitem__


@pytest.mark.parametrize(("route", "role"), list(product(GUARDED, STORED_ROLES)))
def test_role_allows_its_permissions_only(
    route: str, role: Role, caller_in_role: Callable[[Role], Caller]
) -> None:
    response = _call(caller_in_role(role), route)
    if ROUTES[route] in PERMISSIONS[role]:
        assert response.status in (200, 404, 422), str(response)
    else:
        response.refused(403, "forbidden")


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
def test_invalid_token_is_refused_on_every_route(stranger: str, route: str, http: HttpClient) -> None:
    _call(Caller(http, STRANGERS[stranger]), route).refused(401, "unauthorized")


@pytest.mark.parametrize("scheme", ["Basic", "Token", ""])
def test_token_needs_bearer_scheme(scheme: str, http: HttpClient) -> None:
    headers = {"authorization": f"{scheme} local-admin-token".strip()}
    http.send("GET", "/runner-jobs", headers=headers).refused(401, "unauthorized")


@pytest.mark.parametrize("role", STORED_ROLES)
def test_readme_demo_tokens_have_their_role(role: Role, http: HttpClient) -> None:
    response = Caller(http, f"local-{role}-token").get("/runner-jobs")
    assert response.status == (200 if ROUTES["GET /runner-jobs"] in PERMISSIONS[role] else 403)


def test_health_needs_no_token(http: HttpClient) -> None:
    assert Caller(http, None).get("/health").ok() == {"status": "ok"}


def test_root_redirects_to_docs(http: HttpClient) -> None:
    page.write()
    response = http.send("GET", "/")
    assert (response.status, response.headers["location"]) == (302, "/docs")
    assert http.send("GET", "/docs").status == 200
