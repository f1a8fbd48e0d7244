"""Arguments and options that several commands take."""

from __future__ import annotations

from typing import Annotated

import typer

Job = Annotated[str, typer.Argument(metavar="JOB", help="Id of the job.", show_default=False)]
Instructions = Annotated[
    str, typer.Option(metavar="TEXT|@FILE|-", help="What the agent is to do; - reads standard input.")
]
Profile = Annotated[str | None, typer.Option(help="Who does it, unless the type's own profile.")]
Repository = Annotated[str | None, typer.Option(metavar="OWNER/NAME", help="The repository it is about.")]
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
Issue = Annotated[int | None, typer.Option(help="Number of the issue it is about.")]
AgentTask = Annotated[str | None, typer.Option("--agent-task-id", help="Your own id for it.")]
Capabilities = Annotated[
    list[str] | None,
    typer.Option("--capability", metavar="RESOURCE:ACTION", help="What it cannot do without; repeatable."),
]
Priority = Annotated[int | None, typer.Option(metavar="0-9", help="A higher one goes first.")]
Timeout = Annotated[int | None, typer.Option(metavar="SECONDS", help="How long the agent's run may take.")]
MaxAttempts = Annotated[int | None, typer.Option(metavar="1-10", help="How often it is tried by itself.")]
Wait = Annotated[
    bool, typer.Option("--wait", help="Watch the job until it is over; exit 1 if it is not COMPLETED.")
]
Cursor = Annotated[str | None, typer.Option(help="Where the page before has ended.")]
Everything = Annotated[bool, typer.Option("--all", help="Every page, not only the first.")]
