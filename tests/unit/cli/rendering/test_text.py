"""Text that others wrote cannot steer the terminal, whatever it holds."""

import json
import unicodedata
from io import StringIO

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from mosaic_cli.rendering.text import as_json, line, safe
from mosaic_cli.views import event as event_view
from mosaic_cli.watching.follow import JobUpdate
from mosaic_cli.watching.live_display import LiveJob
from tests.unit.cli.conftest import NOW, FakeApi, Mosaic

# Clears the screen, sets the title, moves the cursor, in 7 and 8 bits; turns the writing; then rich's markup.
EVIL = "\x1b[2J\x1b]0;owned\x07\r\x9b31m\u202e[bold red]x[/] [link=https://evil.test]y[/link] :bomb:"
anything = st.text(st.characters() | st.sampled_from("\x1b\x9b\x07\u202e\ud800\u2028"))

documents = st.recursive(
    st.none() | st.booleans() | st.integers() | anything,
    lambda inner: st.lists(inner) | st.dictionaries(anything, inner),
)


def steers(text: str) -> bool:
    """Whether a terminal would do anything with this but show it in lines and columns."""
    return any(
        unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp") or each == "\u202e"
        for each in text
        if each not in "\n\t"
    )


@given(anything)
def test_safe_text_has_no_control_characters(text: str) -> None:
    assert not steers(safe(text))
    assert not steers(line(text))
    assert "\n" not in line(text)
    assert not steers(as_json(text))


@given(st.text(st.characters(codec="utf-8", categories=["L", "M", "N", "P", "S", "Zs"])))
def test_harmless_text_is_unchanged(text: str) -> None:
    assert safe(text) == text


@given(anything, st.integers(1, 20))
def test_line_respects_limit(text: str, limit: int) -> None:
    assert len(line(text, limit)) <= limit


@given(
    st.recursive(
        st.none() | st.booleans() | anything, lambda inner: st.lists(inner) | st.dictionaries(anything, inner)
    )
)
def test_json_round_trip_keeps_document(document: object) -> None:
    assert json.loads(as_json(document)) == document


def evil_job(**more: object) -> dict[str, object]:
    named = dict.fromkeys(("id", "type", "profile", "phase", "repository", "instructions", "createdAt"), EVIL)
    gate = {"id": EVIL, "status": EVIL, "reporter": EVIL, "details": EVIL, "commitSha": EVIL}
    step = {"ordinal": 1, "attempt": 1, "phase": EVIL, "name": EVIL, "status": EVIL, "durationMs": 1}
    event = {
        "version": 1,
        "type": EVIL,
        "actor": EVIL,
        "timestamp": EVIL,
        "payload": {EVIL: [EVIL], "x": {EVIL: EVIL}},
    }
    error = {"code": EVIL, "title": EVIL, "remedy": EVIL}
    job = {**named, "status": "FAILED", "version": 1, "error": error, "result": {"summary": EVIL}}
    guard = {"decision": EVIL, "reasons": [{"policy": EVIL, "reason": EVIL}]}
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
def test_hostile_response_is_escaped(
    mosaic: Mosaic, fake_api: FakeApi, command: str, terminal: bool
) -> None:
    fake_api.will(evil_job(items=[evil_job(payload={EVIL: EVIL})], cursor=EVIL))

    result = mosaic(*command.split(), terminal=terminal)

    assert result.exit_code == 0
    assert not steers(result.output)
    assert "\\x1b" in result.output


def test_hostile_problem_is_escaped(mosaic: Mosaic, fake_api: FakeApi) -> None:
    errors = [{"field": EVIL, "message": EVIL}]
    fake_api.will(httpx.Response(422, json={"detail": EVIL, "code": EVIL, "errors": errors}))

    assert not steers(mosaic("jobs", "list").output)


def test_hostile_watched_job_is_escaped(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.will(evil_job())

    assert not steers(mosaic("jobs", "watch", "01J00000000000000000000000").output)


def test_markup_is_not_interpreted(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.will(evil_job())

    assert "[bold red]x[/]" in mosaic(
        "jobs", "show", "01J00000000000000000000000", terminal=True
    ).output.replace("\n", "")


def test_live_display_escapes_text() -> None:
    page = StringIO()
    console = Console(file=page, width=400, force_terminal=False, markup=False)
    with LiveJob(lambda: NOW, console=console) as live:
        live.show([JobUpdate(evil_job(), [{"payload": {"x": EVIL}}])])
        live.note(EVIL)

    assert not steers(page.getvalue())
    assert "[bold red]x[/]" in page.getvalue()


def test_further_lines_of_value_are_indented(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.will(
        {"id": "01J00000000000000000000000", "instructions": "do\nstatus: COMPLETED", "status": "FAILED"}
    )

    assert "\n    status: COMPLETED" in mosaic("jobs", "show", "01J00000000000000000000000").output


def test_event_is_a_single_line() -> None:
    assert "\n" not in event_view.summary({"type": "a\nb", "payload": {"out": "1\n2\x85\u2028"}})
