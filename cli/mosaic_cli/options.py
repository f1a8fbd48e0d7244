"""The values of the options that every command accepts."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path


class Format(StrEnum):
    """The format of a printed result."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    ID = "id"


@dataclass(frozen=True)
class Options:
    """The common options of a command line; an absent option is None or False."""

    url: str | None = None
    token: str | None = field(default=None, repr=False)
    context: str | None = None
    config: Path | None = None
    output: Format | None = None
    json: bool = False
    quiet: bool = False
    jq: str | None = None
    verbose: bool = False

    def with_defaults(self, defaults: Options) -> Options:
        """Returns these options; absent ones come from `defaults`."""
        return Options(
            **{
                option.name: getattr(self, option.name) or getattr(defaults, option.name)
                for option in fields(self)
            }
        )

    @property
    def format(self) -> Format:
        """The format in force: `--output`, else the format that `--json`, `--jq` or `--quiet` implies."""
        if self.output:
            return self.output
        if self.json or self.jq:
            return Format.JSON
        return Format.ID if self.quiet else Format.TABLE
