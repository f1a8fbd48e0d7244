#!/bin/sh
# markdown-it-py 4.3.0 strikes text between two tildes only, also with its preset for GFM.
# Expected: "one or two tildes", as the GFM specification says (https://github.github.com/gfm/#strikethrough-extension-),
# and as GitHub shows.
# Seen: "~there~" stays text with both presets, while "~~Hi~~" is struck.
# Exits 0 while markdown-it-py behaves like this, 1 when the behaviour has changed.
set -eu
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
python3 -m venv "$here/venv"
"$here/venv/bin/pip" install -q --disable-pip-version-check --no-compile "markdown-it-py[linkify]==4.3.0"
"$here/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

from markdown_it import MarkdownIt

text = "~~Hi~~ Hello, ~there~ world!"
shown = {
    "commonmark with strikethrough": MarkdownIt("commonmark").enable("strikethrough").render(text),
    "gfm-like": MarkdownIt("gfm-like").render(text),
}
print("markdown-it-py", version("markdown-it-py"))
print("input:", text)
for preset, html in shown.items():
    print(f"{preset}: {html}", end="")
expected = "<p><s>Hi</s> Hello, ~there~ world!</p>\n"
raise SystemExit(0 if all(html == expected for html in shown.values()) else 1)
PYTHON
