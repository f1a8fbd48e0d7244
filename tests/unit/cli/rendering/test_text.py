"""Untrusted text cannot control the terminal."""

import json
import unicodedata
from io import StringIO

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from mosaic_cli.rendering.invisible import invisible_at, without_invisible
from mosaic_cli.rendering.text import as_json, line, safe
from mosaic_cli.views import event as event_view
from mosaic_cli.watching.follow import JobUpdate
from mosaic_cli.watching.live_display import LiveJob
from tests.unit.cli.conftest import NOW, FakeApi, Mosaic

# Clears the screen, sets the title and moves the cursor, in 7 and 8 bits; reverses text; contains rich's
# markup.
HOSTILE = "\x1b[2J\x1b]0;owned\x07\r\x9b31m\u202e[bold red]x[/] [link=https://evil.test]y[/link] :bomb:"
any_text = st.text(st.characters() | st.sampled_from("\x1b\x9b\x07\u202e\ud800\u2028"))

documents = st.recursive(
    st.none() | st.booleans() | st.integers() | any_text,
    lambda inner: st.lists(inner) | st.dictionaries(any_text, inner),
)


def has_control_characters(text: str) -> bool:
    """True if a terminal would do more than show the text in lines and columns."""
    return any(
        unicodedata.category(item) in ("Cc", "Cs", "Zl", "Zp") or item == "\u202e"
        for item in text
        if item not in "\n\t"
    )


@given(any_text)
def test_safe_text_has_no_control_characters(text: str) -> None:
    assert not has_control_characters(safe(text))
    assert not has_control_characters(line(text))
    assert "\n" not in line(text)
    assert not has_control_characters(as_json(text))


@given(
    st.text(st.characters(codec="utf-8", categories=["L", "M", "N", "P", "S", "Zs"])).map(without_invisible)
)
def test_harmless_text_is_unchanged(text: str) -> None:
    assert safe(text) == text


@given(any_text)
def test_safe_text_has_nothing_invisible(text: str) -> None:
    assert not invisible_at(safe(text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("fix the typo 👍\ufe01\U000e0101", "fix the typo 👍\\ufe01\\U000e0101"),
        ("a\u3164\u2800\u034f\ue000b", "a\\u3164\\u2800\\u034f\\ue000b"),
        ("👩\u200d💻 ☀\ufe0f", "👩\\u200d💻 ☀\ufe0f"),
        ("a\rb\x7f", "a\\x0db\\x7f"),
    ],
)
def test_invisible_text_is_escaped(text: str, shown: str) -> None:
    assert safe(text) == shown


@given(any_text, st.integers(1, 20))
def test_line_respects_limit(text: str, limit: int) -> None:
    assert len(line(text, limit)) <= limit


@given(
    st.recursive(
        st.none() | st.booleans() | any_text, lambda inner: st.lists(inner) | st.dictionaries(any_text, inner)
    )
)
def test_json_round_trip_keeps_document(document: object) -> None:
    assert json.loads(as_json(document)) == document


def hostile_job(**more: object) -> dict[str, object]:
    named = dict.fromkeys(
        ("id", "type", "profile", "phase", "repository", "instructions", "createdAt"), HOSTILE
    )
    gate = {"id": HOSTILE, "status": HOSTILE, "reporter": HOSTILE, "details": HOSTILE, "commitSha": HOSTILE}
    step = {"ordinal": 1, "attempt": 1, "phase": HOSTILE, "name": HOSTILE, "status": HOSTILE, "durationMs": 1}
    event = {
        "version": 1,
        "type": HOSTILE,
        "actor": HOSTILE,
        "timestamp": HOSTILE,
        "payload": {HOSTILE: [HOSTILE], "x": {HOSTILE: HOSTILE}},
    }
    error = {"code": HOSTILE, "title": HOSTILE, "remedy": HOSTILE}
    job = {**named, "status": "FAILED", "version": 1, "error": error, "result": {"summary": HOSTILE}}
    guard = {"decision": HOSTILE, "reasons": [{"policy": HOSTILE, "reason": HOSTILE}]}
    return {
        **job,
        "guard": guard,
        "gates": [gate],
        "steps": [step],
        "events": [event],
        "eventsCursor": "1.0",
        **more,
    }


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize(
    "command",
    [
        "jobs show 01J00000000000000000000000",
        "jobs list",
        "jobs cancel 01J00000000000000000000000",
        "jobs events 01J00000000000000000000000",
        "gates report 01J00000000000000000000000 g --status passed --commit 0",
        "health",
    ],
)
def test_hostile_response_is_escaped(mosaic: Mosaic, fake_api: FakeApi, command: str, terminal: bool) -> None:
    fake_api.respond(hostile_job(items=[hostile_job(payload={HOSTILE: HOSTILE})], cursor=HOSTILE))

    result = mosaic(*command.split(), terminal=terminal)

    assert result.exit_code == 0
    assert not has_control_characters(result.output)
    assert "\\x1b" in result.output


def test_hostile_problem_is_escaped(mosaic: Mosaic, fake_api: FakeApi) -> None:
    errors = [{"field": HOSTILE, "message": HOSTILE}]
    fake_api.respond(httpx.Response(422, json={"detail": HOSTILE, "code": HOSTILE, "errors": errors}))

    assert not has_control_characters(mosaic("jobs", "list").output)


def test_hostile_watched_job_is_escaped(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(hostile_job())

    assert not has_control_characters(mosaic("jobs", "watch", "01J00000000000000000000000").output)


def test_markup_is_not_interpreted(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(hostile_job())

    assert "[bold red]x[/]" in mosaic(
        "jobs", "show", "01J00000000000000000000000", terminal=True
    ).output.replace("\n", "")


def test_live_display_escapes_text() -> None:
    page = StringIO()
    console = Console(file=page, width=400, force_terminal=False, markup=False)
    with LiveJob(lambda: NOW, console=console) as live:
        live.show([JobUpdate(hostile_job(), [{"payload": {"x": HOSTILE}}])])
        live.note(HOSTILE)

    assert not has_control_characters(page.getvalue())
    assert "[bold red]x[/]" in page.getvalue()


def test_further_lines_of_value_are_indented(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(
        {"id": "01J00000000000000000000000", "instructions": "do\nstatus: COMPLETED", "status": "FAILED"}
    )

    assert "\n    status: COMPLETED" in mosaic("jobs", "show", "01J00000000000000000000000").output


def test_event_is_a_single_line() -> None:
    assert "\n" not in event_view.summary({"type": "a\nb", "payload": {"out": "1\n2\x85\u2028"}})
