"""Arguments and options that several commands take."""

from __future__ import annotations

from typing import Annotated

import typer

from mosaic_cli import completing

DURATION = "DURATION"
TIME = "TIME"

Job = Annotated[
    str,
    typer.Argument(
        metavar="JOB",
        help="Id of the job, at least 6 characters of its start or end, or @last for the newest.",
        show_default=False,
        autocompletion=completing.jobs,
    ),
]
Instructions = Annotated[
    str, typer.Option(metavar="TEXT|@FILE|-", help="What the agent is to do; - reads standard input.")
]
Type = Annotated[
    str,
    typer.Option(
        metavar="TYPE",
        help="Type of the job, for example git-status or code-task.",
        autocompletion=completing.types,
    ),
]
Profile = Annotated[
    str | None, typer.Option(metavar="PROFILE", help="Who does it, unless the type's own profile.")
]
Repository = Annotated[
    str | None,
    typer.Option(
        metavar="OWNER/NAME", help="The repository it is about.", autocompletion=completing.repositories
    ),
]
Branch = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The branch that the agent may push to; one of its own unless given."),
]
Paths = Annotated[
    list[str] | None,
    typer.Option(
        "--path", metavar="PATH", help="A file or folder/ that it is about; repeatable, all unless given."
    ),
]
Issue = Annotated[int | None, typer.Option(metavar="NUMBER", help="Number of the issue it is about.")]
AgentTask = Annotated[str | None, typer.Option("--agent-task-id", metavar="ID", help="Your own id for it.")]
Capabilities = Annotated[
    list[str] | None,
    typer.Option("--capability", metavar="RESOURCE:ACTION", help="What it cannot do without; repeatable."),
]
Priority = Annotated[int | None, typer.Option(metavar="0-9", help="A higher one goes first.")]
Timeout = Annotated[
    str | None,
    typer.Option(metavar=DURATION, help="How long the agent's run may take, for example 90s or 1h30m."),
]
MaxAttempts = Annotated[int | None, typer.Option(metavar="1-10", help="How often it is tried by itself.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what the rails would decide; create nothing.")]
Wait = Annotated[
    bool, typer.Option("--wait", help="Watch the job until it is over; exit 1 if it is not COMPLETED.")
]
WaitTimeout = Annotated[
    str | None,
    typer.Option(
        "--wait-timeout",
        metavar=DURATION,
        help="Watch the job, for so long at most; exit 124 if it is not over then.",
    ),
]
Cursor = Annotated[str | None, typer.Option(metavar="CURSOR", help="Where the page before has ended.")]
Everything = Annotated[bool, typer.Option("--all", help="Every page, not only the first.")]
