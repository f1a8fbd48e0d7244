"""Invalid requests get a 4xx with a problem that names the field, and create nothing."""

import json
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.e2e.support.http_client import HttpClient, Json
from tests.e2e.support.tenants import COMMIT, Tenant
from tests.e2e.support.webhook_deliveries import (
    FORGES,
    PATHS,
    bot_delivery,
    comment,
    mention,
    payload_of,
    signed_delivery,
)

GOOD: Json = {"type": "git-status", "instructions": "Say what has changed."}
PARKED: Json = {**GOOD, "runAt": (datetime.now(UTC) + timedelta(days=1)).isoformat()}
LIMIT = 64 * 1024
BODY_LIMIT = 256 * 1024
DELIVERY_LIMIT = 5 * 1024 * 1024

NOT_JSON = {
    "an open brace": b"{",
    "a bare word": b"hello",
    "a form": b"type=git-status&instructions=x",
    "broken UTF-8": b'{"instructions": "\xff\xfe"}',
    "a trailing comma": b'{"type": "git-status",}',
    "UTF-16": '{"type": "git-status"}'.encode("utf-16"),
    "a hundred thousand brackets": b"[" * 100_000,
    "a thousand lists in each other": b"[" * 985 + b"]" * 985,
}
MAKERS = ("/runner-jobs", "/stitcher/dispatch")


@pytest.mark.parametrize("path", MAKERS)
@pytest.mark.parametrize("body", NOT_JSON)
def test_malformed_json_is_400(body: str, path: str, empty_tenant: Tenant) -> None:
    empty_tenant.member.post(path, NOT_JSON[body]).refused(400, "malformed_json")
    assert empty_tenant.newest_job_ids() == []


@pytest.mark.parametrize("provider", PATHS)
@pytest.mark.parametrize("body", NOT_JSON)
def test_signed_malformed_delivery_is_400(body: str, provider: str, http: HttpClient) -> None:
    data = NOT_JSON[body]
    delivery = (
        bot_delivery(data) if provider == "mosaic" else signed_delivery(provider, "issue_comment", data)
    )
    delivery.send(http).refused(400, "malformed_json")


OTHER_TYPES = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x"]


@pytest.mark.parametrize("content_type", OTHER_TYPES)
def test_other_content_type_is_415(content_type: str, http: HttpClient, empty_tenant: Tenant) -> None:
    sent = empty_tenant.member.post("/runner-jobs", GOOD, content_type=content_type)
    sent.refused(415, "unsupported_media_type")
    delivery = comment("github", "@mosaic look", empty_tenant.repository)
    delivery.with_headers(content_type=content_type).send(http).refused(415, "unsupported_media_type")
    assert empty_tenant.newest_job_ids() == []


LATE = (datetime.now(UTC) + timedelta(days=31)).isoformat()
WRONG: list[tuple[object, str]] = [
    ([], "body"),
    ("git-status", "body"),
    (None, "body"),
    (7, "body"),
    ({}, "type"),
    ({"type": "git-status"}, "instructions"),
    ({"instructions": "x"}, "type"),
    (GOOD | {"type": "make-coffee"}, "type"),
    (GOOD | {"type": ["git-status"]}, "type"),
    (GOOD | {"type": "Git Status"}, "type"),
    (GOOD | {"instructions": 5}, "instructions"),
    (GOOD | {"instructions": ""}, "instructions"),
    (GOOD | {"instructions": json.loads("[" * 60 + "]" * 60)}, "instructions"),
    (GOOD | {"instructions": None}, "instructions"),
    (GOOD | {"instructions": "\ud800"}, "instructions"),
    (GOOD | {"instructions": "x" * (LIMIT + 1)}, "instructions"),
    (GOOD | {"profile": "wizard"}, "profile"),
    (GOOD | {"profile": 1}, "profile"),
    (GOOD | {"repository": "shop"}, "repository"),
    (GOOD | {"repository": "acme/shop/../.."}, "repository"),
    (GOOD | {"issueNumber": 0}, "issueNumber"),
    (GOOD | {"issueNumber": 10**30}, "issueNumber"),
    (GOOD | {"issueNumber": "seven"}, "issueNumber"),
    (GOOD | {"priority": 10}, "priority"),
    (GOOD | {"priority": 1.5}, "priority"),
    (GOOD | {"priority": float("nan")}, "priority"),
    (GOOD | {"timeoutSeconds": 9}, "timeoutSeconds"),
    (GOOD | {"timeoutSeconds": 86_401}, "timeoutSeconds"),
    (GOOD | {"maxAttempts": 0}, "maxAttempts"),
    (GOOD | {"agentTaskId": ""}, "agentTaskId"),
    (GOOD | {"capabilities": "git:push"}, "capabilities"),
    (GOOD | {"capabilities": ["code:read", "fly:high"]}, "capabilities[1]"),
    (GOOD | {"runAt": "tomorrow"}, "runAt"),
    (GOOD | {"runAt": "2026-01-31T12:00:00"}, "runAt"),
    (GOOD | {"runAt": LATE}, "runAt"),
    (GOOD | {"instruction": "x"}, "instruction"),
    (GOOD | {"workspaceId": "demo"}, "workspaceId"),
]


@pytest.mark.parametrize(("body", "field"), WRONG, ids=lambda value: str(value)[-60:])
def test_invalid_field_is_named(body: object, field: str, demo: Tenant) -> None:
    problem = demo.member.post("/runner-jobs", json.dumps(body).encode()).refused(422, "invalid_request")
    assert field in [error["field"] for error in problem["errors"]]
    assert field in problem["detail"]


def test_all_invalid_fields_are_named(demo: Tenant) -> None:
    problem = demo.member.post("/runner-jobs", {"type": 1, "priority": -1, "x": 0}).refused(422)
    fields = {error["field"] for error in problem["errors"]}
    assert fields == {"type", "instructions", "priority", "x"}


CHANGES: list[tuple[str, str, Json, str]] = [
    ("POST", "cancel", {"reason": 5}, "reason"),
    ("POST", "cancel", {"why": "x"}, "why"),
    ("POST", "retry", {"instructions": ""}, "instructions"),
    ("POST", "approve", {}, "reason"),
    ("POST", "deny", {"reason": "x" * 1001}, "reason"),
    ("PUT", "gates/build", {}, "status"),
    ("PUT", "gates/build", {"status": "green", "commitSha": COMMIT}, "status"),
    ("PUT", "gates/build", {"status": "passed"}, "commitSha"),
    ("PUT", "gates/build", {"status": "passed", "commitSha": "abc"}, "commitSha"),
    ("PUT", "gates/build", {"status": "passed", "commitSha": COMMIT, "url": "javascript:x"}, "url"),
    ("PUT", "gates/build", {"status": "forced"}, "reason"),
    ("PUT", "gates/build", {"status": "passed", "commitSha": COMMIT, "by": "me"}, "by"),
]


@pytest.mark.parametrize(("method", "verb", "body", "field"), CHANGES)
def test_invalid_change_names_the_field(method: str, verb: str, body: Json, field: str, demo: Tenant) -> None:
    job_id = demo.create_delayed(type="code-task")["id"]
    path = f"/runner-jobs/{job_id}/{verb}"
    response = demo.admin.post(path, body) if method == "POST" else demo.admin.put(path, body)
    problem = response.refused(422, "invalid_request")
    assert any(field in f"{error['field']} {error['message']}" for error in problem["errors"])
    assert demo.job(job_id)["version"] == 1


QUERIES = [
    ("/runner-jobs?limit=0", "limit"),
    ("/runner-jobs?limit=101", "limit"),
    ("/runner-jobs?limit=ten", "limit"),
    ("/runner-jobs?limit=" + "9" * 5000, "limit"),
    ("/runner-jobs?status=DONE", "status"),
    ("/runner-jobs?status=", "status"),
    ("/runner-jobs?status=COMPLETED&status=DONE", "status"),
    ("/runner-jobs?type=" + "x" * 65, "type"),
    ("/runner-jobs?agentTaskId=" + "x" * 201, "agentTaskId"),
    ("/runner-jobs/01ARZ3NDEKTSV4RRFFQ69G5FAV/events?after=first", "after"),
    ("/runner-jobs/01ARZ3NDEKTSV4RRFFQ69G5FAV/events?wait=21", "wait"),
    ("/runner-jobs/01ARZ3NDEKTSV4RRFFQ69G5FAV/events?wait=-1", "wait"),
    ("/runner-jobs/01ARZ3NDEKTSV4RRFFQ69G5FAV/events?limit=0", "limit"),
]


@pytest.mark.parametrize(("path", "field"), QUERIES, ids=[path[:60] for path, _ in QUERIES])
def test_invalid_query_names_the_parameter(path: str, field: str, demo: Tenant) -> None:
    problem = demo.viewer.get(path).refused(422, "invalid_request")
    assert any(error["field"].startswith(field) for error in problem["errors"])


ODD_QUERIES = [
    "?%00",
    "?%ff=%fe",
    "?type=%00",
    "?type=%F0%9F%92%A1",
    "?cursor=",
    "?x=1",
    "?=",
    "?&&",
    "?type=",
]


@pytest.mark.parametrize("query", ODD_QUERIES)
def test_unusual_query_gets_a_response(query: str, demo: Tenant) -> None:
    assert demo.viewer.get(f"/runner-jobs{query}").status in (200, 400, 422)


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_idempotency_key_length_is_checked(key: str, empty_tenant: Tenant) -> None:
    sent = empty_tenant.member.post("/runner-jobs", GOOD, idempotency_key=key)
    named = [error["field"].lower() for error in sent.refused(422, "invalid_request")["errors"]]
    assert named == ["idempotency-key"]
    assert empty_tenant.newest_job_ids() == []


@pytest.mark.parametrize("path", [*MAKERS, "/runner-jobs/01ARZ3NDEKTSV4RRFFQ69G5FAV/cancel"])
def test_oversized_body_is_413(path: str, empty_tenant: Tenant) -> None:
    padded = json.dumps(GOOD).encode() + b" " * BODY_LIMIT
    empty_tenant.member.post(path, padded).refused(413, "body_too_large")


@pytest.mark.parametrize("provider", PATHS)
def test_oversized_delivery_is_413(provider: str, http: HttpClient, empty_tenant: Tenant) -> None:
    limit = BODY_LIMIT if provider == "mosaic" else DELIVERY_LIMIT
    delivery = mention(provider, "x" * limit, empty_tenant.repository)
    delivery.send(http).refused(413, "body_too_large")
    assert empty_tenant.newest_job_ids() == []


def test_body_at_the_limit_is_accepted(demo: Tenant) -> None:
    body = json.dumps(PARKED).encode()
    demo.member.post("/runner-jobs", body + b" " * (BODY_LIMIT - len(body))).ok(202)


def test_instructions_are_limited_in_bytes(demo: Tenant) -> None:
    fits = "💡" * (LIMIT // 4)
    assert demo.create_delayed(instructions=fits)["instructions"] == fits
    too_long = demo.member.post("/runner-jobs", PARKED | {"instructions": fits + "x"})
    problem = too_long.refused(413, "input_too_large")
    assert [error["field"] for error in problem["errors"]] == ["instructions"]


TEXTS = [
    "\x00\x01\x1b[31m\x7f",
    "💡🏮 𝕃𝕒𝕞𝕡",
    "\u202eabc\u202c",
    " \r\n\t ",
    "e\u0301",
    "\ufeff",
    '"\\',
    "\uffff",
]


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_instructions_are_kept_unchanged(text: str, demo: Tenant) -> None:
    job_id = demo.create_delayed(instructions=text)["id"]
    assert demo.job(job_id)["instructions"] == text


def test_job_with_unusual_text_completes(demo: Tenant) -> None:
    job_id = demo.create(instructions="".join(TEXTS))["id"]
    assert demo.wait_for(job_id, "COMPLETED")["instructions"] == "".join(TEXTS)


@pytest.mark.parametrize("path", ["/runner-job", "/runner-jobs/", "/stitcher", "/stitcher/webhook/gitlab"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_unknown_route_is_404(method: str, path: str, http: HttpClient) -> None:
    http.send(method, path, headers={"authorization": "Bearer local-admin-token"}).refused(
        404, "route_not_found"
    )


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/", "GET"),
        ("DELETE", "/runner-jobs", "GET, POST"),
        ("PATCH", "/runner-jobs/01ARZ3NDEKTSV4RRFFQ69G5FAV", "GET"),
        ("GET", "/stitcher/webhook/github", "POST"),
    ],
)
def test_other_method_is_405_with_allowed_methods(
    method: str, path: str, allowed: str, http: HttpClient
) -> None:
    response = http.send(method, path, headers={"authorization": "Bearer local-admin-token"})
    response.refused(405, "method_not_allowed")
    assert response.headers["allow"] == allowed


SPOILT = [("issue",), ("issue", "number"), ("comment",), ("comment", "id"), ("comment", "body"), ("sender",)]


MALFORMED_VALUES: tuple[object, ...] = ({}, [], -1, True, None)
# A forge sends no sender for an account that is gone.
MALFORMED = [
    (path, value) for path in SPOILT for value in MALFORMED_VALUES if (path, value) != (("sender",), None)
]


@pytest.mark.parametrize("forge", FORGES)
@pytest.mark.parametrize(("path", "value"), MALFORMED, ids=str)
def test_malformed_payload_creates_no_job(
    path: tuple[str, ...], value: object, forge: str, http: HttpClient, empty_tenant: Tenant
) -> None:
    payload = payload_of(forge, "issue_comment.created", empty_tenant.repository)
    part = payload
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    response = signed_delivery(forge, "issue_comment", payload).send(http)
    if (path, value) == (("comment", "body"), None):
        assert "mention" in response.ok()["ignored"]
    else:
        problem = response.refused(422, "invalid_payload")
        assert problem["errors"][0]["field"].startswith(".".join(path))
    assert empty_tenant.newest_job_ids() == []


BOT_WRONG: list[tuple[Json, str]] = [
    ({"issueNumber": "7"}, "issueNumber"),
    ({"issueNumber": 0}, "issueNumber"),
    ({"action": "shouted"}, "action"),
    ({"comment": 7}, "comment"),
    ({"metadata": []}, "metadata"),
    ({"metadata": {"type": "make-coffee"}}, "metadata.type"),
    ({"metadata": {"profile": "wizard"}}, "metadata.profile"),
    ({"extra": 1}, "extra"),
]


@pytest.mark.parametrize(("change", "field"), BOT_WRONG)
def test_invalid_bot_payload_names_the_field(
    change: Json, field: str, http: HttpClient, empty_tenant: Tenant
) -> None:
    good = {"issueNumber": 7, "repository": empty_tenant.repository, "action": "assigned"}
    problem = bot_delivery(good | change).send(http).refused(422, "invalid_payload")
    assert [error["field"] for error in problem["errors"]] == [field]
    assert empty_tenant.newest_job_ids() == []


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*PARKED, "status", "commitSha", "reason", "dryRun"]), inner, max_size=5
        )
    ),
    max_leaves=12,
)
ENDPOINTS = list(product(["POST"], ["/runner-jobs", "/stitcher/dispatch", "/runner-jobs/{id}/cancel"]))


@settings(max_examples=50, deadline=None)
@given(endpoint=st.sampled_from(ENDPOINTS), body=ANY_JSON)
def test_random_json_never_causes_5xx(demo: Tenant, endpoint: tuple[str, str], body: object) -> None:
    path = endpoint[1].replace("{id}", "01ARZ3NDEKTSV4RRFFQ69G5FAV")
    assert demo.member.post(path, json.dumps(body).encode()).status < 500
