"""Invalid input never causes a 5xx; the problem names the field, and the contract allows the response."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.authorization import ROUTES
from mosaic.access.model import Principal, Role
from tests.fakes.api import ApiResponse, FakeApi

MatchesContract = Callable[[ApiResponse], None]

GOOD = {"type": "git-status", "instructions": "Say what has changed"}
JOB = "01KGA000000000000000000001"
RUNNER = Principal(workspace_id="demo", job_id=JOB, attempt=1, role=Role.RUNNER)
TAKING = sorted(key for key in ROUTES if key.startswith(("POST", "PUT")))
GIVING = sorted(key for key in ROUTES if key.startswith(("GET", "DELETE")) and ROUTES[key])

patient = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)


def filled(route: str, **values: str) -> tuple[str, str]:
    method, path = route.split(" ", 1)
    for name in ("jobId", "gateId", "tokenId", "provider", "owner", "name"):
        path = path.replace(f"{{{name}}}", values.get(name, {"jobId": JOB}.get(name, "build")))
    return method, path


def caller(route: str) -> Principal | None:
    return (
        RUNNER
        if route.endswith("/reports")
        else Principal(workspace_id="demo", token_id="ada", role=Role.ADMIN)
    )


NOT_JSON = {
    "nothing but space": b" ",
    "an open brace": b"{",
    "a form": b"type=git-status&instructions=x",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"type": "git-status"}'.encode("utf-16"),
    "broken UTF-8": b'{"instructions": "\xff"}',
    "a raw line break": b'{"instructions": "a\nb"}',
    "a hundred thousand brackets": b"[" * 100_000,
    "seventy closed brackets": b"[" * 70 + b"]" * 70,
    "a key twice": b'{"type": "git-status", "type": "review", "instructions": "x"}',
    "a key twice further in": b'{"filter": {"type": "review", "type": "review"}}',
    "a whole number of five thousand digits": b'{"priority": ' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("body", NOT_JSON)
@pytest.mark.parametrize("route", TAKING)
def test_invalid_json_is_400(route: str, body: str, api: FakeApi, matches_contract: MatchesContract) -> None:
    method, path = filled(route)
    response = api.send(method, path, NOT_JSON[body], caller=caller(route))
    assert (response.status, response.json["code"]) == (400, "malformed_json")
    matches_contract(response)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "x", "application/jsonp"]
)
@pytest.mark.parametrize("route", TAKING)
def test_other_media_type_is_415(
    route: str, content_type: str, api: FakeApi, matches_contract: MatchesContract
) -> None:
    method, path = filled(route)
    response = api.send(method, path, GOOD, headers={"content-type": content_type}, caller=caller(route))
    assert (response.status, response.json["code"]) == (415, "unsupported_media_type")
    matches_contract(response)


@pytest.mark.parametrize("route", TAKING)
def test_body_over_256_kib_is_413(route: str, api: FakeApi, matches_contract: MatchesContract) -> None:
    method, path = filled(route)
    response = api.send(method, path, b" " * (256 * 1024 + 1), caller=caller(route))
    assert (response.status, response.json["code"]) == (413, "body_too_large")
    matches_contract(response)


@pytest.mark.parametrize("body", [b"[]", b"[null]", b"[null, {}]", b'[{"reason": "x"}]'])
@pytest.mark.parametrize("route", TAKING)
def test_list_as_body_is_rejected(
    route: str, body: bytes, api: FakeApi, matches_contract: MatchesContract
) -> None:
    method, path = filled(route)
    response = api.send(method, path, body, caller=caller(route))
    assert (response.status, response.json["errors"][0]["field"]) == (422, "body")
    matches_contract(response)


WRONG: list[tuple[bytes, str]] = [
    (b'{"priority": NaN}', "priority"),
    (b'{"priority": Infinity}', "priority"),
    (b'{"priority": 1e999}', "priority"),
    (b'{"priority": 1e400000000}', "priority"),
    (b'{"priority": ' + b"9" * 400 + b"}", "priority"),
    (b'{"priority": true}', "priority"),
    (b'{"priority": "5"}', "priority"),
    (b'{"priority": 5.5}', "priority"),
    (b'{"issueNumber": -0.0}', "issueNumber"),
    (b'{"timeoutSeconds": 1e20}', "timeoutSeconds"),
    (b'{"dryRun": "yes"}', "dryRun"),
    (b'{"dryRun": 1}', "dryRun"),
    (b'{"instructions": "\\ud800"}', "instructions"),
    (b'{"instructions": ["a"]}', "instructions"),
    (b'{"capabilities": "git:push"}', "capabilities"),
    (b'{"capabilities": {"0": "git:push"}}', "capabilities"),
    (b'{"capabilities": ["git:push", null]}', "capabilities[1]"),
    (b'{"\\ud800": 1}', "body"),
    (b'{"\\u0000": 1}', "\x00"),
    (b'{"__proto__": {}}', "__proto__"),
    (b'{"agent_task_id": "x"}', "agent_task_id"),
    (b'{"runAt": 1700000000}', "runAt"),
    (b'{"runAt": "1700000000"}', "runAt"),
    (b'{"runAt": "2026-11-23"}', "runAt"),
    (b'{"runAt": "2026-11-23 12:00:00Z"}', "runAt"),
    (b'{"runAt": "2026-11-23T12:00:00"}', "runAt"),
    (b'{"runAt": "0001-01-01T00:00:00+14:00"}', "runAt"),
    (b'{"runAt": "9999-12-31T23:59:59-14:00"}', "runAt"),
    (b'{"runAt": "2026-11-23T25:00:00Z"}', "runAt"),
    (b'{"repository": "acme/.."}', "repository"),
    (b'{"repository": "acme/sh\xc3\xb6p"}', "repository"),
    (b'{"profile": "wizard"}', "profile"),
]


@pytest.mark.parametrize(("body", "field"), WRONG, ids=lambda value: repr(value)[:60])
def test_invalid_field_is_named(
    body: bytes, field: str, api: FakeApi, matches_contract: MatchesContract
) -> None:
    path = "/stitcher/dispatch" if field == "dryRun" else "/runner-jobs"
    rest = (
        b'"type": "git-status"' if field == "instructions" else b'"type": "git-status", "instructions": "x"'
    )
    response = api.send("POST", path, body[:-1] + b", " + rest + b"}")
    assert (response.status, response.json["code"]) == (422, "invalid_request"), response
    assert response.fields == [field]
    matches_contract(response)
    assert api.deployment.jobs.everything() == ()


@pytest.mark.parametrize("priority", [b"5.0", b"5e0", b"50e-1"])
def test_float_notation_of_integers_is_accepted(priority: bytes, api: FakeApi) -> None:
    sent = b'{"type": "git-status", "instructions": "x", "priority": ' + priority + b"}"
    assert api.send("POST", "/runner-jobs", sent).json["priority"] == 5


def test_problem_limits_number_and_length_of_fields(api: FakeApi) -> None:
    response = api.send("POST", "/runner-jobs", GOOD | {"x" * 1000 + str(at): at for at in range(200)})
    assert response.status == 422
    assert len(response.fields) == 50
    assert len(response.body) < 32 * 1024


QUERIES: list[tuple[str, str, list[str]]] = [
    ("/runner-jobs", "limit=0", ["limit"]),
    ("/runner-jobs", "limit=101", ["limit"]),
    ("/runner-jobs", "limit=5&limit=6", ["limit"]),
    ("/runner-jobs", "limit=", ["limit"]),
    ("/runner-jobs", "limit=1e1", ["limit"]),
    ("/runner-jobs", "limit=" + "9" * 5000, ["limit"]),
    ("/runner-jobs", "status=DONE", ["status[0]"]),
    ("/runner-jobs", "status=QUEUED&status=DONE", ["status[1]"]),
    ("/runner-jobs", "type=a&type=b", ["type"]),
    ("/runner-jobs", "agentTaskId=a&agentTaskId=b", ["agentTaskId"]),
    ("/runner-jobs", "cursor=" + "x" * 501, ["cursor"]),
    ("/runner-jobs", "stauts=FAILED", ["stauts"]),
    ("/runner-jobs", "%00=1&%ff=2", ["\x00", "\ufffd"]),
    ("/tokens", "workspaceId=other", ["workspaceId"]),
    (f"/runner-jobs/{JOB}/events", "wait=21", ["wait"]),
    (f"/runner-jobs/{JOB}/events", "wait=-1", ["wait"]),
    (f"/runner-jobs/{JOB}/events", "after=first", ["after"]),
    (f"/runner-jobs/{JOB}/events", "after=00000001.001%0A", ["after"]),
]


@pytest.mark.parametrize(("path", "query", "fields"), QUERIES, ids=lambda value: str(value)[:60])
def test_invalid_query_names_the_parameter(
    path: str, query: str, fields: list[str], api: FakeApi, matches_contract: MatchesContract
) -> None:
    response = api.send("GET", path, query=query)
    assert (response.status, response.json["code"]) == (422, "invalid_request"), response
    assert response.fields == fields
    matches_contract(response)


def test_filter_may_contain_a_comma(api: FakeApi) -> None:
    job = api.send("POST", "/runner-jobs", GOOD | {"agentTaskId": "a,b"}).json
    api.send("POST", "/runner-jobs", GOOD | {"agentTaskId": "a"})
    assert [
        one["id"] for one in api.send("GET", "/runner-jobs", query="agentTaskId=a%2Cb").json["items"]
    ] == [job["id"]]


def test_idempotency_key_may_contain_a_comma(api: FakeApi) -> None:
    created = [
        api.send("POST", "/runner-jobs", GOOD, headers={"idempotency-key": key}).json["id"]
        for key in ("a,b", "a,c", "a, b", "a")
    ]
    assert len(set(created)) == len(created)


@pytest.mark.parametrize("path", ["/health", "/docs", "/openapi.json"])
def test_open_routes_accept_unknown_parameters(path: str, api: FakeApi) -> None:
    assert api.send("GET", path, query="_=1&utm=x", caller=None).status == 200


@patient
@given(
    route=st.sampled_from([route for route in TAKING if "{" in route]),
    job_id=st.text(min_size=1, max_size=40),
)
def test_arbitrary_paths_cause_no_5xx(
    route: str, job_id: str, api: FakeApi, matches_contract: MatchesContract
) -> None:
    method, path = filled(route, jobId=job_id.replace("/", "-"))
    matches_contract(api.send(method, path, {}, caller=caller(route)))


PIECES = st.text(max_size=20) | st.sampled_from(
    ["limit", "status", "cursor", "QUEUED", "%", "%ff", "1", "&", "=", ","]
)


@patient
@given(route=st.sampled_from(GIVING), pieces=st.lists(PIECES, max_size=8))
def test_arbitrary_queries_cause_no_5xx(
    route: str, pieces: list[str], api: FakeApi, matches_contract: MatchesContract
) -> None:
    method, path = filled(route)
    matches_contract(api.send(method, path, query="".join(pieces).encode("utf-8", "replace").decode()))


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(), max_size=9), inner, max_size=4)
    ),
    max_leaves=10,
)


@st.composite
def nearly_right(draw: st.DrawFn, examples: list[Any]) -> Any:
    """An example with some values replaced, removed or duplicated."""
    body = json.loads(json.dumps(draw(st.sampled_from(examples))))
    for _ in range(draw(st.integers(0, 3))):
        name = draw(st.sampled_from([*body, "reason", "limit", "x"]))
        body[name] = draw(ANY_JSON)
    return body


@patient
@given(data=st.data(), route=st.sampled_from(TAKING))
def test_arbitrary_bodies_cause_no_5xx(
    data: st.DataObject, route: str, api: FakeApi, document: Any, matches_contract: MatchesContract
) -> None:
    operation = document["paths"][route.split(" ")[1]][route.split(" ")[0].lower()]
    (media,) = operation["requestBody"]["content"].values()
    examples = [example["value"] for example in media["examples"].values()]
    api.send("POST", "/runner-jobs", GOOD)
    method, path = filled(route)
    body = data.draw(nearly_right(examples) | ANY_JSON)
    matches_contract(api.send(method, path, json.dumps(body).encode(), caller=caller(route)))


@patient
@given(body=st.binary(max_size=200), route=st.sampled_from(TAKING))
def test_arbitrary_bytes_cause_no_5xx(
    body: bytes, route: str, api: FakeApi, matches_contract: MatchesContract
) -> None:
    method, path = filled(route)
    matches_contract(api.send(method, path, body, caller=caller(route)))


@patient
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_text_is_stored_unchanged(text: str, api: FakeApi) -> None:
    body = GOOD | {"instructions": text, "agentTaskId": text}
    created = api.send("POST", "/runner-jobs", json.dumps(body, ensure_ascii=False).encode()).json
    stored = api.send("GET", f"/runner-jobs/{created['id']}").json
    assert (stored["instructions"], stored["agentTaskId"]) == (text, text)


def needs_a_body(route: str, document: Any) -> bool:
    """Whether the contract requires any field of the route's body."""
    method, path = route.split(" ", 1)
    schema = document["paths"][path][method.lower()]["requestBody"]["content"]["application/json"]["schema"]
    refs = [kind["$ref"] for kind in (schema, *schema.get("anyOf", ())) if "$ref" in kind]
    name = refs[0].rpartition("/")[2]
    return bool(document["components"]["schemas"][name].get("required")) or name.startswith("Bulk")


@pytest.mark.parametrize(
    "media_type", ["application/json", "text/plain", "application/x-www-form-urlencoded"]
)
@pytest.mark.parametrize("route", TAKING)
def test_optional_body_may_be_absent(
    route: str, media_type: str, api: FakeApi, matches_contract: MatchesContract, document: Any
) -> None:
    job = api.send("POST", "/runner-jobs", GOOD).json
    if route.endswith("/retry"):
        api.send("POST", f"/runner-jobs/{job['id']}/cancel")
    api.send("POST", "/workspaces/current/repositories", {"provider": "github", "name": "acme/shop"})
    method, path = filled(route, jobId=job["id"], provider="github", owner="acme", name="shop")
    for body in (b"", b"null", b"{}"):
        headers = {} if body else {"content-type": media_type}
        response = api.send(method, path, body, headers=headers, caller=caller(route))
        matches_contract(response)
        if needs_a_body(route, document):
            assert response.status in (403, 422), response
        else:
            assert response.status in (200, 202, 409), response


@pytest.mark.parametrize(
    "media_type", ["Application/JSON", "application/json; charset=UTF-8", "APPLICATION/JSON;x=y"]
)
@pytest.mark.parametrize("route", TAKING)
def test_media_type_ignores_case(
    route: str, media_type: str, api: FakeApi, matches_contract: MatchesContract
) -> None:
    method, path = filled(route)
    response = api.send(method, path, {"x": 1}, headers={"content-type": media_type}, caller=caller(route))
    assert response.status == 422, "it is read, and the field is unknown"
    matches_contract(response)


WHOLE_NUMBERS = ["5_0", " 5", "+5", "5 ", "05", "5.0", "0x5", "1e1", "\u0665", ""]


@pytest.mark.parametrize("number", WHOLE_NUMBERS)
def test_query_number_must_have_digits_only(
    number: str, api: FakeApi, matches_contract: MatchesContract, document: Any
) -> None:
    for route in GIVING:
        method, path = route.split(" ", 1)
        for parameter in document["paths"][path][method.lower()].get("parameters", ()):
            if parameter["schema"].get("type") == "integer":
                sent = filled(route)
                response = api.send(*sent, query=f"{parameter['name']}={quote(number)}")
                assert response.status == 422, (route, parameter["name"])
                assert {"field": parameter["name"], "message": "should be a whole number"} in response.json[
                    "errors"
                ]
                matches_contract(response)


@pytest.mark.parametrize("extra", ["\n", "\r", "\u2028", "\x00", " "])
@pytest.mark.parametrize("route", [route for route in ROUTES if "{" in route])
def test_ids_must_match_exactly(
    route: str, extra: str, api: FakeApi, matches_contract: MatchesContract
) -> None:
    job = api.send("POST", "/runner-jobs", GOOD).json["id"]
    method, path = filled(route, jobId=job, gateId="build", tokenId="ada")
    for name in (job, "/build", "/ada"):
        odd = path.replace(name, name + extra)
        if odd != path:
            response = api.send(
                method, odd, GOOD if method in ("POST", "PUT") else None, caller=caller(route)
            )
            assert response.status in (403, 404, 422), response
            assert response.status == 404 or extra == " ", response
            matches_contract(response)


ROLES = ["runner", "owner", 7, None, ["admin"]]


@pytest.mark.parametrize("role", ROLES, ids=str)
def test_message_lists_only_assignable_roles(role: object, api: FakeApi) -> None:
    response = api.send("POST", "/tokens", {"name": "x", "role": role})
    assert response.json["errors"] == [
        {"field": "role", "message": "should be one of admin, member, reporter, viewer"}
    ]


FIELDS: list[tuple[str, object, str, str]] = [
    ("PUT /runner-jobs/{jobId}/gates/{gateId}", {"status": "passed"}, "commitSha", "is required: the commit"),
    (
        "PUT /runner-jobs/{jobId}/gates/{gateId}",
        {"status": "forced"},
        "reason",
        "is required to override a gate",
    ),
    ("POST /runner-jobs/bulk/cancel", {}, "ids", "should not be empty without"),
    ("POST /runner-jobs/bulk/retry", {"ids": ["x"], "filter": {}}, "filter", "cannot be combined"),
    (
        "POST /runner-jobs/{jobId}/reports",
        {"reports": [{"kind": "progress"}]},
        "reports[0].percent",
        "is missing",
    ),
    (
        "POST /runner-jobs/{jobId}/reports",
        {"reports": [{"kind": "x"}]},
        "reports[0].kind",
        "should be one of",
    ),
    ("POST /runner-jobs", GOOD | {"branch": "HEAD"}, "branch", "should be the short name of a branch"),
    ("POST /runner-jobs", b"7", "body", "should be an object"),
    ("POST /runner-jobs", b"", "body", "is missing"),
]


@pytest.mark.parametrize(("route", "body", "field", "message"), FIELDS, ids=lambda value: str(value)[:40])
def test_field_has_the_name_in_the_request(
    route: str, body: object, field: str, message: str, api: FakeApi, matches_contract: MatchesContract
) -> None:
    method, path = filled(route)
    response = api.send(method, path, body, caller=caller(route))
    (error,) = response.json["errors"]
    assert (error["field"], error["message"][: len(message)]) == (field, message)
    matches_contract(response)
