"""The examples of the pages work as they are written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from api.schemas.access import ChangeWorkspace
from mosaic.rails.guard import BUILT_IN_REASONS, MAX_REASONS
from mosaic.rails.policy_checks import MAX_POLICIES, MAX_POLICY_BYTES
from mosaic.rails.schema import ATTRIBUTES, ROLES, SOURCES
from tests.fakes.api import FakeApi
from tests.fakes.page import examples, run_example
from tests.unit.docs.pages import DOCS, DOCS_PAGES, blocks, page_id

POLICIES = DOCS / "reference/policies.md"
EXAMPLES = {title: text for page in DOCS_PAGES for title, text in examples(page).items()}
FIELDS = {str(field.alias or name) for name, field in ChangeWorkspace.model_fields.items()}


def numbered_blocks(language: str) -> Iterator[tuple[str, str]]:
    """Every fenced block in the language, with its page and its number there."""
    for page in DOCS_PAGES:
        for number, text in enumerate(blocks(page.read_text("utf-8"), language), 1):
            yield f"{page_id(page)} {number}", text


def settings() -> dict[str, dict[str, Any]]:
    """Every JSON block that is a whole workspace or a part of one, by page and number."""
    parsed = {}
    for place, text in numbered_blocks("json"):
        try:
            value = json.loads(text)
        except json.JSONDecodeError:
            continue
        if isinstance(value, dict) and value.keys() <= FIELDS:
            parsed[place] = value
    return parsed


SETTINGS = settings()
CEDAR = dict(numbered_blocks("cedar"))


def current(api: FakeApi) -> dict[str, Any]:
    workspace: dict[str, Any] = api.send("GET", "/workspaces/current").json
    return workspace


@pytest.mark.parametrize("title", EXAMPLES)
def test_example_answers_as_written(title: str) -> None:
    assert run_example(EXAMPLES[title], FakeApi()) > 0


@pytest.mark.parametrize("place", SETTINGS)
def test_workspace_setting_can_be_pasted(place: str) -> None:
    api = FakeApi()
    known = current(api)
    is_whole = "version" in SETTINGS[place]
    part = {"repositories": [{"provider": "github", "name": "acme/shop"}], **SETTINGS[place]}
    sent = SETTINGS[place] | {"version": known["version"]} if is_whole else known | part

    answer = api.send("PUT", "/workspaces/current", sent)

    assert answer.status == 200, answer.body


@pytest.mark.parametrize("place", CEDAR)
def test_policy_can_be_pasted(place: str) -> None:
    api = FakeApi()

    answer = api.send("PUT", "/workspaces/current", current(api) | {"policies": CEDAR[place]})

    assert answer.status == 200, answer.body


def test_pages_have_examples() -> None:
    assert len(EXAMPLES) >= 3
    assert any("jobTypes" in value for value in SETTINGS.values())


def test_page_lists_all_a_policy_can_refer_to() -> None:
    text = POLICIES.read_text("utf-8")
    named = [f"`{name}.{attribute}`" for name, shape in ATTRIBUTES.items() for attribute in shape]
    decided = [f"`{name}`" for name in (*BUILT_IN_REASONS, *ROLES, *SOURCES)]
    assert [name for name in named + decided if name not in text] == []
    assert f"up to {MAX_POLICIES} of them in {MAX_POLICY_BYTES // 1024} KiB" in text
    assert f"`more` after {MAX_REASONS} reasons" in text
