"""The page of redaction lists the kinds of secrets that the code removes."""

from __future__ import annotations

import re
from pathlib import Path

from mosaic.redaction import FORMS, redact

PAGE = Path("docs/reference/redaction.md").read_text("utf-8")


def test_page_lists_each_kind_of_secret() -> None:
    table = PAGE.partition("## Which forms")[2].partition("\n\nHashes")[0]
    rows = [
        row.split(" | ")[0].removeprefix("| ") for row in re.findall(r"^\| (?!kind).*", table, re.MULTILINE)
    ]
    assert rows == [*dict.fromkeys(form.kind for form in FORMS), "private key"]


def test_example_of_the_page_is_true() -> None:
    written, stored = re.findall(r"^> (?:@mosaic )?(.*)$", PAGE, re.MULTILINE)
    assert redact(written) == stored
