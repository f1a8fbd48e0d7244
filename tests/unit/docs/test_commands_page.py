"""The page of webhooks says who may give which command, as the code has it."""

from __future__ import annotations

import re

from mosaic.forge.answer_comment import MAX_ANSWERS
from mosaic.forge.issue_answer import MAX_LINES, IssueAnswer
from mosaic.services.command_rules import COMMANDERS, MAX_JOBS
from tests.unit.docs.pages import DOCS

PAGE = (DOCS / "reference/webhooks.md").read_text("utf-8")
EVENTS = (DOCS / "reference/events.md").read_text("utf-8")
NUMBERS = {5: "five", 10: "ten"}


def table(heading: str) -> dict[str, set[str]]:
    """Returns the words of the second column by those of the first, in the table below a heading."""
    section = PAGE.partition(f"### {heading}\n")[2].partition("\n#")[0]
    rows = (line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `"))
    return {
        name: set(re.findall(r"`([a-z]+)`", row[1]))
        for row in rows
        for name in re.findall(r"`(\w+)`", row[0])
    }


def test_page_says_who_may_command_what() -> None:
    assert table("Who may command what") == {name: set(people) for name, people in COMMANDERS.items()}


def test_page_has_the_limits_of_commands_and_answers() -> None:
    assert f"more than {MAX_JOBS} jobs" in PAGE
    assert f"the {NUMBERS[MAX_ANSWERS]} latest answers" in PAGE
    assert f"{NUMBERS[MAX_LINES]} at most" in PAGE


def test_page_has_every_field_of_an_answer() -> None:
    names = {str(field.alias or name) for name, field in IssueAnswer.model_fields.items()}
    assert {name for name in names if f"`{name}`" not in EVENTS} == set()
