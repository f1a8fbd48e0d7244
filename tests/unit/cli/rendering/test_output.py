"""Results for programs: --output, --json, --jq and -q."""

import json
import sys

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mosaic_cli import yaml_format
from mosaic_cli.inputs import sources
from tests.unit.cli.conftest import FakeApi, Mosaic

PAGE = {
    "items": [{"id": "A", "text": "one\ntwo\n", "on": "no"}, {"id": "B", "text": "\x1b[31m"}],
    "cursor": None,
}
JOB = "01J00000000000000000000000"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("-o id", "A\nB\n"),
        ("--output=id", "A\nB\n"),
        ("-q", "A\nB\n"),
        ("--jq .items[].id", "A\nB\n"),
        ("--jq .items|length", "2\n"),
        ("--jq .items[0]|{id}", '{"id": "A"}\n'),
        ("--jq empty", ""),
        ("--json --jq .cursor", "null\n"),
        ("-o json --jq .items[1].text", "\x1b[31m\n"),
    ],
)
def test_output_options_select_format(mosaic: Mosaic, fake_api: FakeApi, options: str, expected: str) -> None:
    fake_api.respond(PAGE)

    for arguments in (["jobs", "list", *options.split(" ")], [*options.split(" "), "jobs", "list"]):
        result = mosaic(*arguments)
        assert (result.exit_code, result.stdout, result.stderr) == (0, expected, "")


def test_json_and_yaml_equal_api_response(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(PAGE)

    for options in (["--json"], ["-o", "json"]):
        assert json.loads(mosaic("jobs", "list", *options).stdout) == PAGE
    output = mosaic("jobs", "list", "-o", "yaml").stdout
    assert output.isascii()
    assert yaml.safe_load(output) == PAGE
    assert yaml.safe_load(mosaic("jobs", "list", "--all", "-o", "yaml").stdout) == PAGE


def test_default_output_is_table(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(PAGE)

    assert mosaic("jobs", "list", "-o", "table").stdout == mosaic("jobs", "list").stdout


def test_jq_text_is_escaped_on_terminal(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(PAGE)

    assert mosaic("jobs", "list", "--jq", ".items[1].text", terminal=True).stdout == "\\x1b[31m\n"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("--jq .[", "--jq: jq: error"),
        ("--jq .items.x", "--jq:"),
        ("--jq .x -o yaml", "remove --output yaml"),
        ("-o xml", "xml"),
    ],
)
def test_invalid_format_is_wrong_usage(
    mosaic: Mosaic, fake_api: FakeApi, options: str, expected: str
) -> None:
    fake_api.respond(PAGE)

    result = mosaic("jobs", "list", *options.split())
    assert result.exit_code == 2
    assert expected in result.stderr


def test_id_output_without_id_is_wrong_usage(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond({"status": "ok"})

    assert mosaic("health", "-o", "id").exit_code == 2


def test_missing_jq_package_prints_hint(
    mosaic: Mosaic, fake_api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jq", None)
    fake_api.respond(PAGE)

    result = mosaic("jobs", "list", "--jq", ".")
    assert result.exit_code == 2
    output = "--jq needs the package jq: pip install jq, or pipe --json to jq"
    assert json.loads(result.stderr)["detail"] == output


def test_watch_prints_each_event(mosaic: Mosaic, fake_api: FakeApi) -> None:
    event = {"id": "e1", "version": 1, "type": "job.completed", "actor": "ada"}
    fake_api.respond({"id": JOB, "status": "COMPLETED", "version": 1, "events": [event]})
    watch = ("jobs", "watch", JOB)

    assert mosaic(*watch, "--jq", ".type").stdout == "job.completed\n"
    assert list(yaml.safe_load_all(mosaic(*watch, "-o", "yaml").stdout)) == [event]
    assert mosaic(*watch, "-q").stdout == "e1\n"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@example({"a": "1e3", "1e3": "0E0"})
@settings(deadline=None)
@given(st.dictionaries(st.text(min_size=1, max_size=8), json_values, min_size=1, max_size=3))
def test_yaml_round_trip_keeps_document(document: dict[str, object]) -> None:
    assert sources.parse_document(yaml_format.dump(document), "it") == document


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: no", "no"),
        ("a: on", "on"),
        ("a: 12:30", "12:30"),
        ("a: 2026-12-01", "2026-12-01"),
        ("a: 012", "012"),
        ("a: 0x1f", "0x1f"),
        ("a: 1_000", "1_000"),
        ("a: true", True),
        ("a: 12", 12),
        ("a: -1.5", -1.5),
        ("a: 1e3", 1000.0),
        ("a:", None),
        ("a: ~", None),
    ],
)
def test_yaml_scalars_have_json_types(text: str, expected: object) -> None:
    assert sources.parse_document(text, "it") == {"a": expected}
