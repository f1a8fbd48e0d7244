"""The files that the api function serves, as they should be."""

import json
from pathlib import Path

from tools.openapi.document import ROOT, build
from tools.openapi.page import render


def files() -> dict[Path, str]:
    """Text by path; raises IncompleteError."""
    document = build()
    folder = ROOT / "functions/api"
    return {
        folder / "openapi.json": json.dumps(document, indent=1, ensure_ascii=False) + "\n",
        folder / "docs.html": render(document),
    }
