"""The pages of the repository and their parts, for the tests of the documentation."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
DOCS_PAGES = sorted(DOCS.glob("**/*.md"))
PAGES = sorted([*ROOT.glob("*.md"), *DOCS_PAGES, *ROOT.glob("findings/*.md")])

FENCED = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
"""A fenced block: its indentation, its language, and its lines"""


def page_id(page: Path) -> str:
    """Returns the page's path in the repository."""
    return str(page.relative_to(ROOT))


def blocks(text: str, *languages: str) -> list[str]:
    """Returns the fenced blocks in one of these languages, as they are indented."""
    return [block for _, language, block in FENCED.findall(text) if language in languages]


def without_blocks(page: Path) -> str:
    """Returns the text of the page outside fenced blocks."""
    return FENCED.sub("", page.read_text("utf-8"))
