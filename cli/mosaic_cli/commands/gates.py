"""`mosaic gates`: what people's CI says of a job's gates."""

from __future__ import annotations

from typing import Annotated

import typer

from mosaic_cli.api import path
from mosaic_cli.command import command
from mosaic_cli.commands import arguments as take
from mosaic_cli.errors import Json
from mosaic_cli.paper import Paper
from mosaic_cli.session import Session
from mosaic_cli.sources import text
from mosaic_cli.views import job as job_view
from mosaic_cli.words import GateReport

app = typer.Typer(no_args_is_help=True, help="Report what a job's gates have found.")


# Gates have one command today; without this typer would make it the group itself.
@app.callback()
def _group() -> None:
    """Report what a job's gates have found."""


@command(app, "report")
def report(
    session: Session,
    *,
    job: take.Job,
    gate: Annotated[str, typer.Argument(metavar="GATE", help="Id of the gate, for example build.")],
    status: Annotated[GateReport, typer.Option(case_sensitive=False, help="What the gate found.")],
    commit: Annotated[
        str | None, typer.Option(metavar="SHA", help="The whole id of the commit that was judged.")
    ] = None,
    link: Annotated[str | None, typer.Option(metavar="URL", help="Page of the run.")] = None,
    details: Annotated[
        str | None, typer.Option(metavar="TEXT|@FILE|-", help="What there is to say of it.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why a gate is forced.")] = None,
) -> None:
    """Report what a gate found on a commit; `forced` lets it pass, for admins, with a reason."""
    said = {
        "status": status.value,
        "commitSha": commit,
        "url": link,
        "details": None if details is None else text(details),
        "reason": reason,
    }
    given = {name: value for name, value in said.items() if value is not None}
    found = session.api.send("PUT", path("runner-jobs", job, "gates", gate), given)
    session.show(found, lambda paper: _shown(paper, found))


def _shown(paper: Paper, job: Json) -> None:
    paper.fields(job_view.brief(job))
    paper.table(job_view.gates(job))
