"""The examples of the page do what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from mosaic.rails.guard import MAX_REASONS, SPOKEN_FOR
from mosaic.rails.policy_checks import MAX_POLICIES, MAX_POLICY_BYTES
from mosaic.rails.schema import ATTRIBUTES, ROLES, SOURCES
from tests.fakes.api import FakeApi
from tests.fakes.page import examples, play

PAGE = Path("docs/reference/policies.md")
EXAMPLES = examples(PAGE)


@pytest.mark.parametrize("title", EXAMPLES)
def test_an_example_goes_as_it_is_written(title: str) -> None:
    assert play(EXAMPLES[title], FakeApi()) > 0


def test_the_page_tells_all_that_a_policy_can_speak_of() -> None:
    text = PAGE.read_text("utf-8")
    named = [f"`{name}.{attribute}`" for name, shape in ATTRIBUTES.items() for attribute in shape]
    decided = [f"`{name}`" for name in (*SPOKEN_FOR, *ROLES, *SOURCES)]
    assert [name for name in named + decided if name not in text] == []
    assert f"up to {MAX_POLICIES} of them in {MAX_POLICY_BYTES // 1024} KiB" in text
    assert f"`more` after {MAX_REASONS} reasons" in text
