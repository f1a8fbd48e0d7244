"""Every identifier, path and module that a page names exists in the code."""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from pydantic.alias_generators import to_camel

from tests.unit.docs.pages import PAGES, ROOT, page_id, without_blocks

CODE = ("layers", "functions", "local", "cli", "bench", "tools", "tests", "template.yaml", "Makefile")
SUFFIXES = {".py", ".cedar", ".toml", ".yaml", ".json", ".ts", ".sh"}
LEFT_OUT = {"__pycache__", "node_modules"}
GENERATED = {"functions/api/openapi.json", "functions/api/docs.html"}
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
IDENTIFIER = re.compile(r"\w+_\w+|[a-z]+[A-Z]\w*|[A-Z][a-z0-9]+[A-Z]\w*")
MODULE = re.compile(r"(mosaic|mosaic_cli|api|local)(\.\w+)+")
EXTERNAL = {
    # An example of a test's name
    "test_retry_keeps_history",
    # OpenClaw's settings
    "allowedAgentIds",
    "allowedHostnames",
    "waitForCompletion",
    "webhookSsrfPolicy",
    # Other programs: Gitea, Java, moto, Lambda, Temporal, HTTP clients
    "ALLOWED_HOST_LIST",
    "JAVA_TOOL_OPTIONS",
    "UseSerialGC",
    "TieredStopAtLevel",
    "parse_template",
    "ParallelizationFactor",
    "WorkflowHandle",
    "NO_PROXY",
    # The source of events on the bus
    "mosaic.stitcher",
}
"""Names that belong to other programs, or are values and no modules."""


def spans(page: Path) -> Iterator[str]:
    """The inline code of a page, outside fenced blocks."""
    yield from re.findall(r"`([^`]+)`", without_blocks(page))


def identifiers(page: Path) -> set[str]:
    return {word for span in spans(page) for word in WORD.findall(span) if IDENTIFIER.fullmatch(word)}


def paths(page: Path) -> set[str]:
    """The spans that begin with a folder of the repository."""
    return {
        span for span in spans(page) if re.fullmatch(rf"({'|'.join(CODE[:7])}|docs|findings)/[\w./-]+", span)
    }


def modules(page: Path) -> set[str]:
    return {span for span in spans(page) if MODULE.fullmatch(span)} - EXTERNAL


def files() -> Iterator[Path]:
    """The files of the code, without caches and installed packages."""
    for name in CODE:
        if (ROOT / name).is_file():
            yield ROOT / name
        for folder, inner, names in os.walk(ROOT / name):
            inner[:] = [each for each in inner if each not in LEFT_OUT and not each.startswith(".")]
            yield from (Path(folder, each) for each in names if Path(each).suffix in SUFFIXES)


@cache
def known() -> frozenset[str]:
    """Every word of the code, also in camelCase as the API has it, and every file's name."""
    words: set[str] = set()
    for file in files():
        if file != Path(__file__) and str(file.relative_to(ROOT)) not in GENERATED:
            words.update(WORD.findall(file.read_text("utf-8", errors="ignore")), [file.stem])
    return frozenset(words | {to_camel(word) for word in words})


def exists(module: str) -> bool:
    """True if it is a module, or an attribute of one."""
    try:
        importlib.import_module(module)
    except ImportError:
        parent, _, attribute = module.rpartition(".")
        return bool(parent) and hasattr(importlib.import_module(parent), attribute)
    return True


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_named_identifiers_exist(page: Path) -> None:
    assert identifiers(page) - known() - EXTERNAL == set()


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_named_paths_exist(page: Path) -> None:
    assert [path for path in sorted(paths(page)) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_named_modules_exist(page: Path) -> None:
    assert [module for module in sorted(modules(page)) if not exists(module)] == []


def test_external_names_are_in_use() -> None:
    named = {word for page in PAGES for span in spans(page) for word in (span, *WORD.findall(span))}

    assert EXTERNAL - named == set()


def test_unknown_names_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "Call `TurnTable.take` of `layers/nowhere.py`, or `mosaic.nowhere`; set `no_such_thing`.\n"
    )

    assert identifiers(page) - known() == {"TurnTable", "no_such_thing"}
    assert paths(page) == {"layers/nowhere.py"}
    assert not exists("mosaic.nowhere")
