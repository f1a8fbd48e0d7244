"""What a body may be, and how it is read."""

from __future__ import annotations

import json

import pytest

from mosaic.edge.body import MAX_BODY_BYTES, MAX_DEPTH, parsed, raw_body
from mosaic.edge.problem import Problem


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ({"body": "x" * (MAX_BODY_BYTES + 1)}, 413),
        ({"body": "é" * (MAX_BODY_BYTES // 2 + 1)}, 413),
        ({"body": "%%%", "isBase64Encoded": True}, 400),
    ],
)
def test_a_body_that_cannot_be_taken(event: dict[str, object], status: int) -> None:
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
def test_a_body_is_read_as_it_was_sent(event: dict[str, object], data: bytes) -> None:
    assert raw_body(event) == data


def _nested(depth: int, innermost: object) -> bytes:
    value = innermost
    for level in range(depth):
        value = [1, value] if level % 2 else {"a": value, "b": "x"}
    return json.dumps(value).encode()


@pytest.mark.parametrize("innermost", [1, "x", None])
@pytest.mark.parametrize("depth", [0, 1, MAX_DEPTH])
def test_lists_and_objects_may_nest_so_deep(depth: int, innermost: object) -> None:
    body = _nested(depth, innermost)
    assert parsed(body) == json.loads(body)


@pytest.mark.parametrize("innermost", [[], {}, [1]])
def test_and_no_deeper_whether_they_hold_something_or_not(innermost: object) -> None:
    with pytest.raises(Problem, match="more than 64 levels") as refusal:
        parsed(_nested(MAX_DEPTH, innermost))
    assert (refusal.value.status, refusal.value.code) == (400, "malformed_json")
