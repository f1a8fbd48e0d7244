"""Caches the transformed template between starts: the transform takes longer than all other imports."""

import hashlib
import importlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def load_cached(path: Path, parameters: Mapping[str, str], folder: Path) -> Json:
    """Returns the result of `local.cloud.template.load`, from the cache in `folder` if it is current.

    The cache is current while the template and the transform are unchanged. Of the parameters only those with
    AllowedValues change the result. The others are texts, such as URLs with this start's port, and stay
    references. Raises LocalError as `load` does.
    """
    cache_file, key = folder / "template.json", _key(path)
    cached = _cached(cache_file)
    if cached.get("key") == key and cached["choices"] == _choices(cached["template"], parameters):
        template: Json = cached["template"]
        return template
    # Imported late: most starts do not need SAM's translator.
    template = importlib.import_module("local.cloud.template").load(path, parameters)
    _replace(cache_file, {"key": key, "choices": _choices(template, parameters), "template": template})
    return template


def _cached(cache_file: Path) -> Json:
    """Returns the cached content; an empty object if the file is missing or incomplete, as after a full disk."""
    try:
        cached: Json = json.loads(cache_file.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return cached


def _choices(template: Json, parameters: Mapping[str, str]) -> Json:
    declared = template.get("Parameters", {})
    return {name: value for name, value in parameters.items() if "AllowedValues" in declared.get(name, {})}


def _key(path: Path) -> str:
    """Returns a digest of the template, its path, and the code that transforms it."""
    code = Path(__file__).with_name("template.py").read_bytes()
    text = path.read_bytes() if path.exists() else b""
    versions = f"{path} {version('aws-sam-translator')} "
    return hashlib.sha256(versions.encode() + code + text).hexdigest()


def _replace(file: Path, content: Json) -> None:
    unfinished = file.with_suffix(".new")
    unfinished.write_text(json.dumps(content))
    unfinished.replace(file)
