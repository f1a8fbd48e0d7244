"""Arguments and options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from mosaic_cli.framework import completion

DURATION = "DURATION"
TIME = "TIME"

Job = Annotated[
    str,
    typer.Argument(
        metavar="JOB",
        help="Id of the job, at least 6 characters of its start or end, or @last for the newest.",
        show_default=False,
        autocompletion=completion.jobs,
    ),
]
Repository = Annotated[
    str | None,
    typer.Option(metavar="OWNER/NAME", help="Repository of the job.", autocompletion=completion.repositories),
]
AllPages = Annotated[bool, typer.Option("--all", help="Show all pages.")]
