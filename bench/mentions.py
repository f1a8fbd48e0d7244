"""`python -m bench.mentions`: measure the parsing of mentions by the length of the text; see `make bench-mentions`.

Each text repeats one construct of Markdown. The time is the processor time of this process. A text of twice the length
takes about twice the time.
"""

from __future__ import annotations

import os
import time
from statistics import median

from bench import markdown
from mosaic.forge.markdown import MAX_TEXT
from mosaic.forge.mention import parse_mention

BOT = "mosaic"
UNITS = {
    "plain words": "word ",
    "paragraphs": "Some words.\n\n",
    "lists": "- a\n",
    "nested lists": "* - ",
    "quotations": "> a\n",
    "nested quotations": "> ",
    "code spans": "`a` ",
    "fences": "```\na\n```\n",
    "links": "[a](b) ",
    "brackets": "[",
    "images": "![",
    "definitions": "[a]: b\n",
    "emphasis": "*a _b ",
    "strikethrough": "~~a ",
    "HTML": "<b>a</b> ",
    "HTML blocks": "<div>\n\n",
    "comments": "a <!-- b --> ",
    "entities": "&amp;",
    "URLs": "https://x.test/a ",
    "emoji": "\U0001f600\ufe0f",
}


def main() -> None:
    """Prints the times of each construct at a quarter, half and all of the longest text."""
    repetitions = int(os.environ.get("REPETITIONS") or 3)
    sizes = (MAX_TEXT // 4, MAX_TEXT // 2, MAX_TEXT)
    rows = []
    for name, unit in UNITS.items():
        times = [median(_milliseconds(unit, size) for _ in range(repetitions)) for size in sizes]
        rows.append((name, *(f"{spent:.0f}" for spent in times), f"{times[-1] / times[-2]:.1f}"))
    head = ("construct", *(f"{size:,} characters, ms" for size in sizes), "last / one before")
    print(markdown.table(head, rows))


def _milliseconds(unit: str, size: int) -> float:
    mention = f"\n\n@{BOT}"
    text = unit * ((size - len(mention)) // len(unit)) + mention
    began = time.process_time()
    parse_mention(text, BOT)
    return (time.process_time() - began) * 1000


if __name__ == "__main__":
    main()
