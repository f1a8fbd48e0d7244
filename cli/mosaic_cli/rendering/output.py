"""Results for programs: JSON, YAML, ids, or the output of a jq expression."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from mosaic_cli.errors import Json, WrongUsage
from mosaic_cli.options import Format
from mosaic_cli.rendering.text import as_json, safe

Filter = Callable[[Json], Iterable[Any]]
NO_JQ = "--jq needs the package jq: pip install jq, or pipe --json to jq"


class Output:
    """Prints documents in one format. Raises WrongUsage for an invalid jq expression."""

    def __init__(self, chosen: Format, jq: str | None, *, terminal: bool) -> None:
        if jq and chosen is not Format.JSON:
            raise WrongUsage(f"--jq filters JSON: remove --output {chosen}")
        self._format = chosen
        self._filter = _compile(jq) if jq else None
        self._terminal = terminal

    @property
    def for_programs(self) -> bool:
        """True if results are documents rather than tables."""
        return self._format is not Format.TABLE

    def document_lines(self, document: Json) -> Iterator[str]:
        """Yields the lines of a single document."""
        if self._filter:
            yield from self._filtered(self._filter, document)
        elif self._format is Format.YAML:
            yield _yaml(document)
        elif self._format is Format.ID:
            yield from ids(document)
        else:
            yield as_json(document, indent=2)

    def stream_lines(self, document: Json) -> Iterator[str]:
        """Yields the lines of a document in a stream, such as an event of a watched job."""
        if self._filter or self._format is Format.ID:
            yield from self.document_lines(document)
        elif self._format is Format.YAML:
            yield "---\n" + _yaml(document)
        else:
            yield as_json(document)

    def _filtered(self, run: Filter, document: Json) -> Iterator[str]:
        try:
            values = list(run(document))
        except ValueError as error:
            raise WrongUsage(f"--jq: {error}") from error
        for value in values:
            yield self._text(value) if isinstance(value, str) else as_json(value)

    def _text(self, value: str) -> str:
        return safe(value) if self._terminal else value


def ids(document: Json) -> Iterator[str]:
    """Yields the id of each item of a list, or of the document itself. Raises WrongUsage without an id."""
    items = document.get("items", [document])
    for item in items if isinstance(items, list) else []:
        id = item.get("id") or item.get("jobId") if isinstance(item, dict) else None
        if not id:
            raise WrongUsage("the result has no id: choose another --output")
        yield safe(id)


def _yaml(document: Json) -> str:
    # Loaded on demand: most commands print no YAML.
    from mosaic_cli import yaml_format

    return yaml_format.dump(document).rstrip("\n")


def _compile(expression: str) -> Filter:
    try:
        import jq  # type: ignore[import-not-found]  # optional, and without type hints
    except ImportError as error:
        raise WrongUsage(NO_JQ) from error
    try:
        run: Filter = jq.compile(expression).input_value
    except ValueError as error:
        raise WrongUsage(f"--jq: {' '.join(str(error).split())}") from error
    return run
