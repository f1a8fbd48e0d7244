"""`mosaic gates`: what people's CI says of a job's gates, and what jobs have to prove."""

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
from mosaic_cli.views import gate as gate_view
from mosaic_cli.views import job as job_view
from mosaic_cli.words import GateReport

app = typer.Typer(no_args_is_help=True, help="What a job's gates have found, and what jobs have to prove.")


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
    numbers: Annotated[
        list[str] | None,
        typer.Option("--number", metavar="NAME=VALUE", help="A number that the gate asks for; repeatable."),
    ] = None,
    attempt: Annotated[
        int | None, typer.Option(help="The attempt that is meant; the present one unless given.")
    ] = None,
    replaces: Annotated[
        str | None,
        typer.Option(metavar="SHA", help="The commit of the job that --commit takes the place of."),
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why a gate is forced.")] = None,
) -> None:
    """Report what a gate found on a commit; `forced` lets it pass, for admins, with a reason."""
    said = {
        "status": status.value,
        "commitSha": commit,
        "url": link,
        "details": None if details is None else text(details),
        "numbers": dict(map(_number, numbers)) if numbers else None,
        "attempt": attempt,
        "replaces": replaces,
        "reason": reason,
    }
    given = {name: value for name, value in said.items() if value is not None}
    found = session.api.send("PUT", path("runner-jobs", job, "gates", gate), given)
    session.show(found, lambda paper: _shown(paper, found))


def _number(said: str) -> tuple[str, float]:
    name, _, value = said.partition("=")
    try:
        return name, float(value)
    except ValueError:
        raise typer.BadParameter(f"{said} should be NAME=VALUE, as coverage=87.5") from None


@command(app, "rules")
def rules(session: Session) -> None:
    """Show what jobs of the workspace have to prove, and where the reports come from; for admins."""
    found = {"items": session.api.get("/workspaces/current").get("gates") or []}
    session.show(found, lambda paper: paper.table(gate_view.rules(found["items"])))


def _shown(paper: Paper, job: Json) -> None:
    paper.fields(job_view.brief(job))
    paper.table(job_view.gates(job))
