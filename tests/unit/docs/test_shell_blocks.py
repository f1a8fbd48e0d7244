"""Commands of the pages can be pasted into bash, zsh and fish alike."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.docs.pages import PAGES, ROOT, blocks, without_blocks
from tools.openapi.files import DOCUMENT, PAGE
from tools.openapi.page import render

COMMANDS = (
    "apt-get",
    "aws",
    "brew",
    "curl",
    "docker",
    "export",
    "git",
    "make",
    "mosaic",
    "pip",
    "pipx",
    "sh",
    "uv",
)
SHELLS = ("sh", "bash", "zsh", "fish", "shell", "console")
CHECKS = {"bash": "-n", "zsh": "-n", "fish": "--no-execute"}
QUOTED = re.compile(r"'[^']*'|\"(?:\\.|[^\"\\])*\"")
LINES = {
    "a comment, which zsh takes as words": re.compile(r"(^|\s)#"),
    "an assignment, which fish refuses": re.compile(r"^\s*\w+=\S*\s*$"),
    "a glob outside quotes, which zsh and fish look for among the files": re.compile(r"[?*\[\]]"),
    "a placeholder in angle brackets, which redirects": re.compile(r"[<>]\w"),
}
"""Lines that a shell accepts or runs, but with another meaning than intended"""


def shell_blocks(page: Path) -> Iterator[str]:
    """The fenced blocks of a page that are for a shell."""
    yield from map(textwrap.dedent, blocks(page.read_text("utf-8"), *SHELLS))


def api_page_blocks() -> Iterator[str]:
    """The commands of the page that `/docs` serves."""
    page = render(json.loads(DOCUMENT.read_text("utf-8")))
    for block in re.findall(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL):
        text = html.unescape(re.sub(r"<[^>]+>", "", block))
        if text.split(maxsplit=1)[0] in COMMANDS:
            yield text


def inline_commands(page: Path) -> Iterator[str]:
    """The commands that stand between backticks in a page's text."""
    for span in re.findall(r"`([^`]+)`", without_blocks(page)):
        command = " ".join(span.split())
        words = [word for word in command.split() if "=" not in word]
        if len(command.split()) > 1 and words and words[0] in COMMANDS:
            yield command


COMMANDS_OF_PAGES = [
    *(
        (page.relative_to(ROOT), text)
        for page in PAGES
        for text in (*shell_blocks(page), *inline_commands(page))
    ),
    *((PAGE.relative_to(ROOT), text) for text in api_page_blocks()),
]


def test_pages_have_commands() -> None:
    pages = {
        "README.md",
        "CONTRIBUTING.md",
        "docs/how-to/operate.md",
        "docs/reference/cli.md",
        "functions/api/docs.html",
    }
    assert pages <= {str(page) for page, _ in COMMANDS_OF_PAGES}


@pytest.mark.parametrize("shell", CHECKS)
def test_shell_parses_every_command(shell: str, tmp_path: Path) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed: apt-get install {shell}, or brew install {shell}")
    refused = {}
    for number, (page, text) in enumerate(COMMANDS_OF_PAGES):
        script = tmp_path / f"{number}.sh"
        script.write_text(text + "\n")
        done = subprocess.run(  # noqa: S603 - it parses only
            [program, CHECKS[shell], str(script)], capture_output=True, text=True, check=False
        )
        if done.returncode or done.stderr:
            refused[f"{page}: {text}"] = done.stderr
    assert refused == {}


def bare(text: str) -> list[str]:
    """Its lines, with continued ones joined and quotations emptied."""
    return QUOTED.sub("''", text.replace("\\\n", " ")).splitlines()


@pytest.mark.parametrize("fault", LINES)
def test_lines_mean_the_same_in_each_shell(fault: str) -> None:
    assert [
        (page, line) for page, text in COMMANDS_OF_PAGES for line in bare(text) if LINES[fault].search(line)
    ] == []


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        ("comment", "make test    # everything"),
        ("comment", "# everything"),
        ("assignment", "NOW=5"),
        ("glob", "curl -sS http://127.0.0.1:3000/usage?day=2026-11-28"),
        ("placeholder", "mosaic jobs show <job>"),
    ],
)
def test_fault_is_found(fault: str, line: str) -> None:
    pattern = next(pattern for name, pattern in LINES.items() if fault in name)
    assert pattern.search(line)
    assert not pattern.search(bare(f"mosaic dispatch --instructions '{line}'")[0])
