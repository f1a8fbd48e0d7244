"""The decision records have one form, and the index lists each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "docs/adr"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))
INDEX = (FOLDER / "README.md").read_text("utf-8")


def ids(record: Path) -> str:
    return record.stem


@pytest.mark.parametrize("record", RECORDS, ids=ids)
def test_record_has_the_three_sections(record: Path) -> None:
    headings = re.findall(r"^## (.+)$", record.read_text("utf-8"), re.MULTILINE)

    assert headings == ["Context", "Decision", "Consequences"]


@pytest.mark.parametrize("record", RECORDS, ids=ids)
def test_index_has_the_records_title(record: Path) -> None:
    number, _, title = record.read_text("utf-8").splitlines()[0].removeprefix("# ").partition(". ")

    assert record.name.startswith(f"{int(number):04d}-")
    assert f"| {number} | [{title}]({record.name}) |" in INDEX


def test_numbers_have_no_gap() -> None:
    assert [int(record.name[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))
