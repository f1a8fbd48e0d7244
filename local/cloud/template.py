"""Transforms template.yaml to CloudFormation and reports its errors."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from samtranslator.model.exceptions import (  # type: ignore[import-untyped]  # ships no types
    ExceptionWithMessage,
    InvalidDocumentException,
)
from samtranslator.parser.parser import Parser  # type: ignore[import-untyped]
from samtranslator.translator.translator import Translator  # type: ignore[import-untyped]
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from local.cloud.moto import aws_session
from local.cloud.references import references
from local.errors import LocalError

Json = dict[str, Any]

BUCKET = "local"
"""The bucket in the transformed template; a key is the folder's path relative to the template."""

_SOURCE_PROPERTIES = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}


def load(path: Path, parameters: Mapping[str, str]) -> Json:
    """Reads a SAM template and returns it as CloudFormation.

    Local folders become keys in `BUCKET`, because the transform accepts S3 URIs only. Raises LocalError, with
    the file and the fault, if the file cannot be read, parsed or transformed, or if it has a reference to an
    undefined name.
    """
    document = _parse(path)
    _point_code_at_bucket(document, path)
    translator = Translator(None, Parser(), boto_session=aws_session())
    try:
        template: Json = translator.translate(document, dict(parameters))
    except InvalidDocumentException as error:
        causes = "; ".join(cause.message for cause in error.causes)
        raise LocalError(f"{path.name}: {causes}") from error
    except ExceptionWithMessage as error:
        raise LocalError(f"{path.name}: {error.message}") from error
    _check_references(template, path)
    return template


def _parse(path: Path) -> Json:
    try:
        document = yaml_parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise LocalError(f"{path}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise LocalError(f"{path.name}: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("Resources"), dict):
        raise LocalError(f"{path.name}: has no Resources")
    return document


def _point_code_at_bucket(document: Json, path: Path) -> None:
    root = path.parent
    shared = document.get("Globals", {}).get("Function", {})
    if "CodeUri" in shared:
        shared["CodeUri"] = _uri(root, shared["CodeUri"], f"{path.name}: Globals.Function.CodeUri")
    for logical_id, resource in document["Resources"].items():
        name = _SOURCE_PROPERTIES.get(resource.get("Type", ""))
        properties = resource.get("Properties", {})
        if name and name in properties:
            properties[name] = _uri(root, properties[name], f"{path.name}: {logical_id}.{name}")


def _uri(root: Path, folder: object, location: str) -> str:
    if not isinstance(folder, str) or not (root / folder).is_dir():
        raise LocalError(f"{location}: {folder!r} is not a folder beside the template")
    return f"s3://{BUCKET}/{os.path.relpath(root / folder, root)}"


def _check_references(template: Json, path: Path) -> None:
    known = {*template["Resources"], *template.get("Parameters", {})}
    for location in ("Resources", "Outputs"):
        for logical_id, body in template.get(location, {}).items():
            for name in references(body):
                if name not in known and not name.startswith("AWS::"):
                    raise LocalError(f"{path.name}: {logical_id} refers to {name}, which is not defined")
