"""The options that every command takes."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path


class Format(StrEnum):
    """How a result is printed."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    ID = "id"


@dataclass(frozen=True)
class Options:
    """What the command line says; what it does not say is None or False."""

    url: str | None = None
    token: str | None = field(default=None, repr=False)
    context: str | None = None
    config: Path | None = None
    output: Format | None = None
    json: bool = False
    quiet: bool = False
    jq: str | None = None
    verbose: bool = False

    def over(self, outer: Options) -> Options:
        """These options, and those that only `outer` gives."""
        return Options(
            **{each.name: getattr(self, each.name) or getattr(outer, each.name) for each in fields(self)}
        )

    @property
    def format(self) -> Format:
        """The format in force: `--output`, else what `--json`, `--jq` or `--quiet` stand for."""
        if self.output:
            return self.output
        if self.json or self.jq:
            return Format.JSON
        return Format.ID if self.quiet else Format.TABLE
