"""Results for programs: JSON, YAML, ids, or what a jq expression makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from mosaic_cli.errors import Json, WrongUsage
from mosaic_cli.options import Format
from mosaic_cli.text import as_json, safe

Filter = Callable[[Json], Iterable[Any]]
NO_JQ = "--jq needs the package jq: pip install jq, or pipe --json to jq"


class Output:
    """How documents are printed. Raises WrongUsage for a jq expression that is none."""

    def __init__(self, wanted: Format, jq: str | None, *, terminal: bool) -> None:
        if jq and wanted is not Format.JSON:
            raise WrongUsage(f"--jq filters JSON: leave --output {wanted} out")
        self._format = wanted
        self._filter = _compiled(jq) if jq else None
        self._terminal = terminal

    @property
    def for_programs(self) -> bool:
        """Whether results are documents rather than tables."""
        return self._format is not Format.TABLE

    def whole(self, document: Json) -> Iterator[str]:
        """The lines of one document."""
        if self._filter:
            yield from self._filtered(self._filter, document)
        elif self._format is Format.YAML:
            yield as_yaml(document).rstrip("\n")
        elif self._format is Format.ID:
            yield from ids(document)
        else:
            yield as_json(document, indent=2)

    def one_of_many(self, document: Json) -> Iterator[str]:
        """The lines of one document in a stream of them, such as the events of a job that is watched."""
        if self._filter:
            yield from self._filtered(self._filter, document)
        elif self._format is Format.YAML:
            yield "---\n" + as_yaml(document).rstrip("\n")
        elif self._format is Format.ID:
            yield from ids(document)
        else:
            yield as_json(document)

    def _filtered(self, run: Filter, document: Json) -> Iterator[str]:
        try:
            found = list(run(document))
        except ValueError as error:
            raise WrongUsage(f"--jq: {error}") from error
        for value in found:
            yield self._text(value) if isinstance(value, str) else as_json(value)

    def _text(self, value: str) -> str:
        return safe(value) if self._terminal else value


def ids(document: Json) -> Iterator[str]:
    """The id of each item of a list, or of the document itself. Raises WrongUsage when it has none."""
    items = document.get("items", [document])
    for item in items if isinstance(items, list) else []:
        name = item.get("id") or item.get("jobId") if isinstance(item, dict) else None
        if not name:
            raise WrongUsage("this has no id: choose another --output")
        yield safe(name)


def as_yaml(document: object) -> str:
    """The document as YAML, in ASCII, with text of several lines as such."""
    import yaml

    from mosaic_cli.yaml_loader import FLOAT

    class Dumper(yaml.SafeDumper):
        """SafeDumper that writes text of several lines as a block."""

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
        # Numbers of YAML 1.2 such as 1e3, which PyYAML, being of 1.1, would write without quotes.
        style = "|" if "\n" in value else "'" if FLOAT.fullmatch(value) else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style)

    Dumper.add_representer(str, text)
    return yaml.dump(document, Dumper=Dumper, sort_keys=False, allow_unicode=False, width=4096)


def _compiled(expression: str) -> Filter:
    try:
        import jq  # type: ignore[import-not-found]  # ships no types, and need not be there
    except ImportError as error:
        raise WrongUsage(NO_JQ) from error
    try:
        run: Filter = jq.compile(expression).input_value
    except ValueError as error:
        raise WrongUsage(f"--jq: {' '.join(str(error).split())}") from error
    return run
