"""The page of the API, rendered from the document: without scripts, other files or other hosts.

`python -m tools.openapi.page` writes it, as do `make run`, `make build` and the tests that read it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from aws_lambda_powertools.event_handler.openapi.types import COMPONENT_REF_PREFIX
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

from api.routes.openapi import EXAMPLE_ORIGIN
from tools.openapi.files import DOCUMENT, PAGE
from tools.openapi.model import Json

_BOUNDS = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minimum": "from {}",
    "maximum": "to {}",
    "exclusiveMaximum": "below {}",
}


def write() -> None:
    """Writes the page. A process that reads it meanwhile sees the old page or the new one, whole."""
    text = render(json.loads(DOCUMENT.read_text("utf-8")))
    with NamedTemporaryFile("w", encoding="utf-8", dir=PAGE.parent, delete=False) as file:
        file.write(text)
    Path(file.name).chmod(0o644)
    Path(file.name).replace(PAGE)


def render(document: Json) -> str:
    """Returns the page. Every text of the document is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "prose": prose,
        "kind": kind,
        "bounds": bounds,
        "pattern": pattern,
        "pretty": pretty,
        "curl": curl,
        "resolved": lambda value: resolved(document, value),
    }
    return environment.get_template("page.html.jinja").render(
        document=document, by_tag=_by_tag(document), origin=EXAMPLE_ORIGIN, problems=_problems(document)
    )


def _by_tag(document: Json) -> dict[str, list[tuple[str, str, Json]]]:
    result: dict[str, list[tuple[str, str, Json]]] = {tag["name"]: [] for tag in document["tags"]}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            result[operation["tags"][0]].append((method, path, operation))
    return result


def _problems(document: Json) -> dict[str, Json]:
    """Returns an example of each problem by code, ordered by status."""
    examples = {**document["components"]["examples"], **document["x-problems"]}
    return dict(sorted(examples.items(), key=lambda item: item[1]["value"]["status"]))


def prose(text: str) -> Markup:
    """Returns the paragraphs, lists and code of a description as HTML."""
    return Markup().join(_block(block) for block in text.split("\n\n") if block.strip())


def _block(block: str) -> Markup:
    lines = block.splitlines()
    if not all(line.startswith("- ") for line in lines):
        return Markup("<p>{}</p>").format(_code(block))
    items = (Markup("<li>{}</li>").format(_code(line.removeprefix("- "))) for line in lines)
    return Markup("<ul>{}</ul>").format(Markup().join(items))


def _code(text: str) -> Markup:
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped just before


def kind(schema: Json) -> Markup:
    """Returns the type of a value, with links to components."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(COMPONENT_REF_PREFIX)
        return Markup('<a href="#{0}">{0}</a>').format(name)
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            return Markup(" or ").join(kind(inner) for inner in schema[keyword])
    if "allOf" in schema:
        return kind(schema["allOf"][0])
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return Markup(" ").join(Markup("<code>{}</code>").format(value) for value in values)
    if schema.get("type") == "array":
        return Markup("list of {}").format(kind(schema.get("items", {})))
    return escape(schema.get("format") or schema.get("type", "any"))


def bounds(schema: Json) -> str:
    """Returns the limits of a value in words."""
    schema = _merged(schema)
    limits = [words.format(schema[name]) for name, words in _BOUNDS.items() if name in schema]
    if schema.get("default") not in (None, [], ()):
        limits.append(f"default {json.dumps(schema['default'])}")
    return ", ".join(limits)


def pattern(schema: Json) -> str:
    """Returns the pattern of a text, empty if it has none."""
    return str(_merged(schema).get("pattern", ""))


def _merged(schema: Json) -> Json:
    """The schema with the keywords of its alternatives and of its items."""
    alternatives = [option for option in schema.get("anyOf", ()) if option != {"type": "null"}]
    for inner in (*alternatives, schema.get("items", {})):
        schema = {**inner, **schema}
    return schema


def pretty(value: Any) -> str:
    """Returns indented JSON."""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def resolved(document: Json, value: Json) -> Json:
    """Returns the target of a reference, optional or not."""
    if "anyOf" in value:
        return resolved(document, value["anyOf"][0])
    if "$ref" not in value:
        return value
    result: Any = document
    for step in value["$ref"].removeprefix("#/").split("/"):
        result = result[step]
    return dict(result)


def curl(operation: Json, method: str, path: str) -> str:
    """Returns the operation as a shell command, empty for a signed request."""
    schemes = [name for requirement in operation["security"] for name in requirement]
    if schemes not in ([], ["token"]):
        return ""
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", str(parameter["example"]))
    parts = [f'curl -sS {"" if method == "get" else f"-X {method.upper()} "}"$MOSAIC_URL{path}"']
    if schemes:
        parts.append('-H "authorization: Bearer $MOSAIC_TOKEN"')
    if "requestBody" in operation:
        (media,) = operation["requestBody"]["content"].values()
        example = next(iter(media["examples"].values()))["value"]
        quoted = json.dumps(example, ensure_ascii=False).replace("'", "'\\''")
        parts += ["-H 'content-type: application/json'", f"-d '{quoted}'"]
    return " \\\n  ".join(parts)


if __name__ == "__main__":
    write()
