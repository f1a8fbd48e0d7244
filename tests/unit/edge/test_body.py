"""Limits and parsing of request bodies."""

from __future__ import annotations

import json

import pytest

from mosaic.edge.body import (
    MAX_BODY_BYTES,
    MAX_DEPTH,
    parse_json,
    raw_body,
    require_json,
    with_json_content_type,
)
from mosaic.edge.problem import Problem


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ({"body": "x" * (MAX_BODY_BYTES + 1)}, 413),
        ({"body": "é" * (MAX_BODY_BYTES // 2 + 1)}, 413),
        ({"body": "%%%", "isBase64Encoded": True}, 400),
    ],
)
def test_invalid_body_is_rejected(event: dict[str, object], status: int) -> None:
    with pytest.raises(Problem) as refusal:
        raw_body(event)
    assert refusal.value.status == status


@pytest.mark.parametrize(
    ("event", "data"),
    [
        ({}, b""),
        ({"body": "héllo"}, "héllo".encode()),
        ({"body": "AP8=", "isBase64Encoded": True}, b"\x00\xff"),
    ],
)
def test_raw_body_is_unchanged(event: dict[str, object], data: bytes) -> None:
    assert raw_body(event) == data


def test_limit_is_the_callers() -> None:
    assert len(raw_body({"body": "x" * (MAX_BODY_BYTES + 1)}, MAX_BODY_BYTES + 1)) == MAX_BODY_BYTES + 1
    with pytest.raises(Problem, match="at most 5 bytes"):
        raw_body({"body": "123456"}, 5)


BROKEN: list[tuple[bytes, str]] = [
    (b"{", "the body is not JSON: error at line 1, column 2"),
    (b'{\n  "a": 1,\n  "b" 2\n}', "the body is not JSON: error at line 3, column 7"),
    (b"{}x", "the body is not JSON: error at line 1, column 3"),
    (b'{"a": "\xff"}', "the body is not UTF-8: error at byte 8"),
    (b"[" * 100_000, "the body is nested more than 64 levels deep"),
    (b'{"a": ' + b"9" * 5000 + b"}", "the body has a number with too many digits"),
    (b'{"x": [{"a": 1, "b": 2, "a": 3}]}', "an object in the body has the name a twice"),
]


@pytest.mark.parametrize(("body", "detail"), BROKEN, ids=[detail[-30:] for _, detail in BROKEN])
def test_json_error_has_its_position(body: bytes, detail: str) -> None:
    with pytest.raises(Problem) as refusal:
        parse_json(body)
    assert (refusal.value.code, refusal.value.detail) == ("malformed_json", detail)


JSON_TYPES = [
    "application/json",
    "Application/JSON",
    "APPLICATION/JSON ; Charset=UTF-8",
    "application/json;profile=x",
    "",
]
OTHER_TYPES = ["text/plain", "application/jsonp", "application/merge-patch+json", "x", "multipart/form-data"]


@pytest.mark.parametrize("name", ["content-type", "Content-Type"])
@pytest.mark.parametrize("media_type", JSON_TYPES)
def test_media_type_ignores_case(media_type: str, name: str) -> None:
    event = {"headers": {name: media_type, "x": "y"}, "body": "{}"}
    require_json(event)
    assert with_json_content_type(event)["headers"] == {"x": "y", "content-type": "application/json"}


@pytest.mark.parametrize("media_type", OTHER_TYPES)
def test_other_media_types_are_rejected(media_type: str) -> None:
    with pytest.raises(Problem) as refusal:
        require_json({"headers": {"content-type": media_type}})
    assert (refusal.value.status, refusal.value.code) == (415, "unsupported_media_type")


def test_media_type_is_removed_without_body() -> None:
    assert with_json_content_type({"headers": {"Content-Type": "text/plain"}})["headers"] == {}


def _nested(depth: int, innermost: object) -> bytes:
    value = innermost
    for level in range(depth):
        value = [1, value] if level % 2 else {"a": value, "b": "x"}
    return json.dumps(value).encode()


@pytest.mark.parametrize("innermost", [1, "x", None])
@pytest.mark.parametrize("depth", [0, 1, MAX_DEPTH])
def test_nesting_up_to_the_limit_is_accepted(depth: int, innermost: object) -> None:
    body = _nested(depth, innermost)
    assert parse_json(body) == json.loads(body)


@pytest.mark.parametrize("innermost", [[], {}, [1]])
def test_nesting_beyond_the_limit_is_rejected(innermost: object) -> None:
    with pytest.raises(Problem, match="more than 64 levels") as refusal:
        parse_json(_nested(MAX_DEPTH, innermost))
    assert (refusal.value.status, refusal.value.code) == (400, "malformed_json")
