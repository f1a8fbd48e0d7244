"""The pictures can be read aloud, and the site loads nothing from another server."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.unit.docs.pages import DOCS, DOCS_PAGES, ROOT

PICTURES = sorted((DOCS / "pictures").glob("*.svg"))
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_picture_has_title_and_description(path: Path) -> None:
    picture = ET.parse(path).getroot()  # noqa: S314 - our own file

    for part in ("title", "desc"):
        element = picture.find(f"{SVG}{part}")
        assert element is not None
        assert element.text


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_picture_suits_dark_pages(path: Path) -> None:
    assert "prefers-color-scheme: dark" in path.read_text("utf-8")


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_picture_stands_in_a_page_with_a_text(path: Path) -> None:
    pages = [page.read_text("utf-8") for page in DOCS_PAGES]

    texts = [
        text for page in pages for text in re.findall(rf"!\[([^\]]+)\]\([./]*pictures/{path.name}\)", page)
    ]
    assert texts
    assert all(len(text) > 50 for text in texts)


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_picture_loads_nothing(path: Path) -> None:
    text = path.read_text("utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")

    assert re.findall(r"https?:|href|@import|<script", text) == []


def test_build_of_the_site_is_strict_and_not_quiet() -> None:
    """MkDocs counts no warnings with --quiet, so that --strict would pass."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    [command] = re.findall(r"\$\(MKDOCS\) build(.*)", makefile)

    assert "--strict" in command
    assert not re.search(r"--quiet|-q\b", command)


def test_site_has_no_fonts_or_scripts_from_elsewhere() -> None:
    settings = (ROOT / "mkdocs.yml").read_text("utf-8")

    assert "\n  font: false\n" in settings
    assert "http" not in settings
