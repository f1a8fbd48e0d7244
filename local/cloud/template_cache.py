"""The transformed template, kept from one start to the next: the transform takes longer than all other imports."""

import hashlib
import importlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def load_cached(path: Path, parameters: Mapping[str, str], folder: Path) -> Json:
    """Return what `local.cloud.template.load` returns, from `folder` while the template and the transform are the same.

    Of the parameters only those with AllowedValues change the result: the others are texts, such as URLs with the
    port of this start, and stay references. Raises LocalError as `load` does.
    """
    kept, key = folder / "template.json", _key(path)
    known = _known(kept)
    if known.get("key") == key and known["choices"] == _choices(known["template"], parameters):
        template: Json = known["template"]
        return template
    # Imported here, because most starts do not need SAM's translator.
    template = importlib.import_module("local.cloud.template").load(path, parameters)
    _replace(kept, {"key": key, "choices": _choices(template, parameters), "template": template})
    return template


def _known(kept: Path) -> Json:
    """What an earlier start has kept; nothing where that is not whole, as after a full disk."""
    try:
        known: Json = json.loads(kept.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return known


def _choices(template: Json, parameters: Mapping[str, str]) -> Json:
    declared = template.get("Parameters", {})
    return {name: value for name, value in parameters.items() if "AllowedValues" in declared.get(name, {})}


def _key(path: Path) -> str:
    """A digest of the template, its path, and what transforms it."""
    ours = Path(__file__).with_name("template.py").read_bytes()
    text = path.read_bytes() if path.exists() else b""
    known = f"{path} {version('aws-sam-translator')} "
    return hashlib.sha256(known.encode() + ours + text).hexdigest()


def _replace(file: Path, content: Json) -> None:
    unfinished = file.with_suffix(".new")
    unfinished.write_text(json.dumps(content))
    unfinished.replace(file)
