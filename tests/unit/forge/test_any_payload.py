"""Any JSON gives an intent or a PayloadError with a field."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mosaic.forge import forgejo, gitea, github, mosaic
from mosaic.forge.errors import PayloadError
from mosaic.forge.intent import CommandRequested, CommitPushed, GateReported, Ignored, JobRequested

Load = Callable[[str], dict[str, Any]]
Parse = Callable[[str, object, str], object]

DELIVERIES: list[tuple[str, Parse, str]] = [
    ("github/issue_comment.created", github.parse, "issue_comment"),
    ("github/issues.assigned", github.parse, "issues"),
    ("github/pull_request_review_comment.created", github.parse, "pull_request_review_comment"),
    ("github/check_run.completed", github.parse, "check_run"),
    ("github/status", github.parse, "status"),
    ("github/push", github.parse, "push"),
    ("gitea/pull_request_comment.created", gitea.parse, "pull_request_comment"),
    ("gitea/issue_assign.assigned", gitea.parse, "issue_assign"),
    ("gitea/status", gitea.parse, "status"),
    ("gitea/push", gitea.parse, "push"),
    ("gitea/pull_request_comment.created", forgejo.parse, "pull_request_comment"),
]
BOT_FORM = {
    "issueNumber": 17,
    "repository": "harbour/lighthouse",
    "action": "mentioned",
    "comment": "fix it",
    "metadata": {"actor": "ada", "commentId": 1, "labels": ["bug"], "branch": {"name": ["once"]}},
}

# Text with lone surrogates, too: JSON can contain them, UTF-8 cannot.
texts = st.text(alphabet="a1@/.-_ é\n\x00", max_size=20) | st.sampled_from(
    ["@mosaic cancel", "success", "a/b", "\ud800", ""]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def answer(parse: Parse, event: str, payload: object) -> None:
    try:
        intent = parse(event, payload, "mosaic")
    except PayloadError as error:
        refused = error
    else:
        assert isinstance(intent, JobRequested | CommandRequested | GateReported | CommitPushed | Ignored)
        return
    assert refused.field
    assert refused.message


def parse_bot_form(_event: str, payload: object, bot: str) -> object:
    return mosaic.parse(payload, bot, fingerprint="f00d")


@pytest.mark.parametrize(("name", "parse", "event"), DELIVERIES)
@settings(deadline=None)
@given(data=st.data())
def test_any_value_is_parsed_or_refused(
    load: Load, name: str, parse: Parse, event: str, data: st.DataObject
) -> None:
    answer(parse, event, _spoil(load(name), data))


@settings(deadline=None)
@given(data=st.data())
def test_any_bot_value_is_parsed_or_refused(data: st.DataObject) -> None:
    answer(parse_bot_form, "", _spoil(copy.deepcopy(BOT_FORM), data))


@settings(deadline=None)
@given(
    payload=values,
    event=st.sampled_from([event for _, _, event in DELIVERIES]) | texts,
    parse=st.sampled_from([github.parse, gitea.parse, forgejo.parse, parse_bot_form]),
)
def test_any_json_is_parsed_or_refused(payload: object, event: str, parse: Parse) -> None:
    answer(parse, event, payload)
    assert github.repository_of(payload) is None or isinstance(payload, dict)


def _spoil(payload: Any, data: st.DataObject) -> Any:
    """Replaces or removes one value of `payload`, at any depth."""
    node = payload
    while True:
        key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        if isinstance(node[key], dict | list) and node[key] and data.draw(st.booleans()):
            node = node[key]
        elif data.draw(st.booleans()):
            node[key] = data.draw(values)
            return payload
        else:
            del node[key]
            return payload
