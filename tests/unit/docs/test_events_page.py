"""The page of events has every type with the fields of its payload."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from mosaic.events.derive import derive
from mosaic.events.model import Event, EventType
from mosaic.jobs import reports
from mosaic.jobs.gates import Gate
from mosaic.jobs.value_objects import GuardDecision, JobError, QualityDecision
from tests.unit.docs.pages import DOCS, ROOT
from tests.unit.events.job_changes import CHANGES

PAGE = (DOCS / "reference/events.md").read_text("utf-8")
SOURCES = ("events/derive.py", "services/repair_log.py")
MODELS = (GuardDecision, QualityDecision, JobError, Gate, *reports.Report.__args__[0].__args__)


def rows() -> Iterator[tuple[str, str]]:
    """The type and the payload of each row."""
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 3 and re.fullmatch(r"`[a-z_]+\.[a-z_]+`", cells[0]):
            yield cells[0].strip("`"), cells[2]


def documented() -> dict[str, set[str]]:
    """The fields of each type's payload as the page has them; "the same" repeats the row before."""
    fields: dict[str, set[str]] = {}
    before: set[str] = set()
    for name, payload in rows():
        listed = set(re.findall(r"`([A-Za-z]+)`", payload))
        before = fields[name] = listed | before if payload.startswith("the same") else listed
    return fields | {EventType.RAILS_GUARD.value: aliases(GuardDecision)}


def aliases(model: type[BaseModel]) -> set[str]:
    return {str(field.alias or name) for name, field in model.model_fields.items()}


def known_names() -> set[str]:
    """Every name that the code could put into a payload."""
    names = set().union(*(aliases(model) for model in MODELS))
    for source in SOURCES:
        tree = ast.parse((ROOT / "layers/mosaic/mosaic" / source).read_text("utf-8"))
        names |= {str(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return names


def events(case: str) -> tuple[Event, ...]:
    before, change, _ = CHANGES[case]
    return derive(before, change(before))


def test_page_has_every_type_once() -> None:
    listed = [name for name, _ in rows()]

    assert sorted(listed) == sorted(EventType)


@pytest.mark.parametrize("case", CHANGES)
def test_page_has_every_field_of_a_payload(case: str) -> None:
    fields = documented()

    missing = {event.type.value: set(event.payload) - fields[event.type] for event in events(case)}

    assert not any(missing.values()), missing


def test_page_has_the_fields_of_reports() -> None:
    fields = documented()

    assert aliases(reports.ToolCall) - {"kind"} == fields["ai.tool_called"]
    assert aliases(reports.Artifact) - {"kind"} == fields["ai.artifact_created"]
    assert aliases(reports.Progress) - {"kind"} <= fields["job.progress"]


def test_page_invents_no_field() -> None:
    listed = set().union(*documented().values())

    assert listed - known_names() == set()


def test_page_has_every_field_of_an_event() -> None:
    assert {name for name in aliases(Event) if f"`{name}`" not in PAGE} == set()


def test_page_has_every_component_that_acts() -> None:
    services = (ROOT / "layers/mosaic/mosaic/services").glob("*.py")
    actors = {name for file in services for name in re.findall(r'^ACTOR = "(.+)"$', file.read_text(), re.M)}

    assert {"stitcher", "openclaw"} <= actors
    assert {actor for actor in actors if f"`{actor}`" not in PAGE} == set()
