"""Each term has one definition, and one word in the pages, the messages and the names of the code."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.unit.docs.pages import DOCS, PAGES, ROOT, page_id

GLOSSARY = DOCS / "concepts.md"
CODE = ("layers/mosaic", "functions", "local", "cli", "bench", "tools", "tests")
MESSAGES = ("layers/mosaic", "functions", "cli")
PARTS_OF_A_NAME = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")


class Word(NamedTuple):
    """A word that is not used, and the term to use."""

    pattern: re.Pattern[str]
    instead: str
    scopes: frozenset[str]
    allow: re.Pattern[str] | None
    in_code: bool

    def found(self, text: str) -> str | None:
        """The words around the first occurrence in the text, apart from where the word is allowed."""
        searched = self.allow.sub("…", text) if self.allow else text
        match = self.pattern.search(searched)
        return searched[max(0, match.start() - 30) : match.end() + 30] if match else None


class Text(NamedTuple):
    """A piece of text, or a name with spaces between its words, and where it stands."""

    place: str
    text: str


def words() -> list[Word]:
    entries = tomllib.loads(Path(__file__).with_name("banned_words.toml").read_text("utf-8"))["word"]
    return [
        Word(
            re.compile(rf"\b({entry['pattern']})\b", re.IGNORECASE),
            entry["instead"],
            frozenset({entry["scope"]} if "scope" in entry else {"text", "identifiers"}),
            re.compile(rf"\b({entry['allow']})\b", re.IGNORECASE) if "allow" in entry else None,
            entry.get("code", True),
        )
        for entry in entries
    ]


WORDS = words()


@cache
def modules(*folders: str) -> tuple[tuple[str, ast.Module], ...]:
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return tuple((str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))) for path in paths)


def pages() -> Iterator[Text]:
    """Each paragraph, with the number of its first line; a block of code counts as a code span."""
    for path in PAGES:
        number = 1
        for paragraph in re.split(r"\n\n", path.read_text("utf-8")):
            code = re.sub(
                r"```.*?(```|\Z)", lambda block: f"`{block[0].replace('`', '')}`", paragraph, flags=re.S
            )
            yield Text(f"{page_id(path)}:{number}", " ".join(code.split()))
            number += paragraph.count("\n") + 2


def contract() -> Iterator[Text]:
    """Titles, summaries and descriptions of the OpenAPI document."""

    def described(node: Any, path: str) -> Iterator[Text]:
        children = (
            node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        )
        for key, value in children:
            if key in ("description", "summary", "title") and isinstance(value, str):
                yield Text(f"functions/api/openapi.json {path}", value)
            yield from described(value, f"{path}/{key}")

    yield from described(json.loads((ROOT / "functions/api/openapi.json").read_text("utf-8")), "")


def template() -> Iterator[Text]:
    for number, line in enumerate((ROOT / "template.yaml").read_text("utf-8").splitlines(), 1):
        if found := re.match(r"\s*(?:Alarm)?Description: (.*)", line):
            yield Text(f"template.yaml:{number}", found[1])


def targets() -> Iterator[Text]:
    for number, line in enumerate((ROOT / "Makefile").read_text("utf-8").splitlines(), 1):
        if "## " in line:
            yield Text(f"Makefile:{number}", line.partition("## ")[2])


def messages() -> Iterator[Text]:
    """The strings of the product and the help of the command line. A single word is a value: a code span."""
    for path, tree in modules(*MESSAGES):
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            shown = id(node) not in docstrings or path.startswith("cli/mosaic_cli/commands")
            if shown and isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield Text(f"{path}:{node.lineno}", node.value if " " in node.value else f"`{node.value}`")


def names() -> Iterator[Text]:
    """The names that the code gives to modules, classes, functions, parameters, variables and attributes."""
    for path, tree in modules(*CODE):
        yield Text(path, path)
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield Text(f"{path}:{node.lineno}", node.name)
            elif isinstance(node, ast.arg):
                yield Text(f"{path}:{node.lineno}", node.arg)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield Text(f"{path}:{node.lineno}", node.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                yield Text(f"{path}:{node.lineno}", node.attr)
    yield from keys()


def keys() -> Iterator[Text]:
    """Resources, parameters, variables and attributes of the template."""
    for number, line in enumerate((ROOT / "template.yaml").read_text("utf-8").splitlines(), 1):
        if found := re.match(r"\s*(?:- )?(?:AttributeName: )?(\w+)", line):
            yield Text(f"template.yaml:{number}", found[1])


def offenders(texts: Iterable[Text], scope: str) -> list[str]:
    """The occurrences of banned words, each with the term to use."""
    banned = [word for word in WORDS if scope in word.scopes]
    found = []
    for place, raw in texts:
        text = " ".join(PARTS_OF_A_NAME.findall(raw)) if scope == "identifiers" else raw
        for word in banned:
            around = word.found(text if word.in_code else re.sub(r"`[^`]*`", "", text))
            if around:
                found.append(f"{place}: {around!r}: use: {word.instead}")
    return found


def definitions() -> dict[str, str]:
    """Each term of the glossary with its definition."""
    text = GLOSSARY.read_text("utf-8").partition("## Glossary")[2]
    sections = re.split(r"^### ", text, flags=re.MULTILINE)[1:]
    return {title: re.split(r"^## ", rest, flags=re.M)[0].strip() for title, _, rest in map(split, sections)}


def split(section: str) -> tuple[str, str, str]:
    return section.partition("\n")


def test_each_term_is_defined_once() -> None:
    titles = re.findall(r"^#{2,} (.+)$", GLOSSARY.read_text("utf-8"), re.MULTILINE)

    assert [title for title, count in Counter(map(str.lower, titles)).items() if count > 1] == []
    assert [term for term, definition in definitions().items() if len(definition) < 20] == []


def test_glossary_names_code_that_exists() -> None:
    text = " ".join(GLOSSARY.read_text("utf-8").split())
    defined = {
        node.name
        for _, tree in modules("layers/mosaic", "functions")
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    missing = [
        name
        for name in re.findall(r"In code: `([\w.]+)`", text)
        if name not in defined and not (ROOT / "layers/mosaic" / f"{name.replace('.', '/')}.py").exists()
    ]
    assert missing == []


@pytest.mark.parametrize("source", [pages, contract, template, targets, messages], ids=lambda it: it.__name__)
def test_text_has_no_banned_word(source: Any) -> None:
    assert offenders(source(), "text") == []


def test_names_have_no_banned_word() -> None:
    assert offenders(names(), "identifiers") == []


@pytest.mark.parametrize(
    ("scope", "text"),
    [
        ("text", "it wakes the stitcher"),
        ("text", "a job is FORCED by hand, that is forced"),
        ("text", "whoever asks first"),
        ("identifiers", "urgent_lane"),
        ("identifiers", "TurnstileHolder"),
        ("identifiers", "test_a_letter_comes_back"),
    ],
)
def test_banned_word_is_found(scope: str, text: str) -> None:
    assert offenders([Text("here:1", text)], scope)


@pytest.mark.parametrize(
    ("scope", "text"),
    [
        ("text", "a gate that is `forced` by an admin"),
        ("text", "small letters, digits and dashes"),
        ("text", "one thing in place of the other"),
        ("identifiers", "DeadLetterQueue"),
        ("identifiers", "dead_letters"),
        ("identifiers", "fall_back"),
    ],
)
def test_allowed_word_is_not_found(scope: str, text: str) -> None:
    assert offenders([Text("here:1", text)], scope) == []
