"""`mosaic gates`: reports of gates, and the rules that gates come from."""

from __future__ import annotations

from typing import Annotated

import typer

from mosaic_cli import checkout, completing, ids
from mosaic_cli.api import path
from mosaic_cli.command import command
from mosaic_cli.errors import Json, WrongUsage
from mosaic_cli.groups import group
from mosaic_cli.paper import Paper
from mosaic_cli.session import Session
from mosaic_cli.sources import text
from mosaic_cli.views import gate as gate_view
from mosaic_cli.views import job as job_view
from mosaic_cli.words import GateReport, JobResult

app = group()


@command(app, "report")
def report(
    session: Session,
    *,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[JOB] GATE",
            help="The job and the gate's id, for example build. Without JOB, the job of the branch that is"
            " checked out, mosaic/ID.",
            show_default=False,
            autocompletion=completing.jobs_or_gates,
        ),
    ],
    status: Annotated[
        GateReport | None,
        typer.Option(case_sensitive=False, metavar="|".join(GateReport), help="What the gate found."),
    ] = None,
    job_status: Annotated[
        JobResult | None,
        typer.Option(
            "--from-job-status",
            case_sensitive=False,
            metavar="|".join(JobResult),
            help="The same in the words of GitHub's and Gitea's ${{ job.status }}.",
        ),
    ] = None,
    commit: Annotated[
        str | None,
        typer.Option(
            metavar="SHA",
            help="The whole id of the commit that was judged; the one that is checked out unless given, if its"
            " branch is the job's.",
        ),
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
        int | None,
        typer.Option(metavar="N", help="The attempt that is meant; the present one unless given."),
    ] = None,
    replaces: Annotated[
        str | None,
        typer.Option(metavar="SHA", help="The commit of the job that --commit takes the place of."),
    ] = None,
    reason: Annotated[str | None, typer.Option(metavar="WHY", help="Why a gate is forced.")] = None,
) -> None:
    """Report what a gate found on a commit; `forced` lets it pass, for admins, with a reason."""
    found = _status(status, job_status)
    job, gate = _meant(session, words)
    said = {
        "status": found.value,
        "commitSha": commit or _checked_out(session, job, found),
        "url": link,
        "details": None if details is None else text(details),
        "numbers": dict(map(_number, numbers)) if numbers else None,
        "attempt": attempt,
        "replaces": replaces,
        "reason": reason,
    }
    given = {name: value for name, value in said.items() if value is not None}
    changed = session.api.send("PUT", path("runner-jobs", job, "gates", gate), given)
    session.show(changed, lambda paper: _shown(paper, changed))


def _status(status: GateReport | None, job_status: JobResult | None) -> GateReport:
    if (status is None) is (job_status is None):
        raise WrongUsage("give --status or --from-job-status")
    return status or JobResult(job_status or "").report


def _meant(session: Session, words: list[str]) -> tuple[str, str]:
    if len(words) > 2:
        raise WrongUsage("give JOB and GATE, or GATE alone")
    job = words[0] if len(words) == 2 else checkout.job(session.world.environment)
    return ids.job_id(session.api, job), words[-1]


def _checked_out(session: Session, job: str, status: GateReport) -> str | None:
    """The commit of the checkout; an override is of the gate, whatever is checked out."""
    if status is GateReport.FORCED:
        return None
    found = checkout.commit(session.world.environment, job)
    if found is None:
        raise WrongUsage(f"which commit? this folder is no checkout of mosaic/{job}: give --commit")
    return found


def _number(said: str) -> tuple[str, float]:
    name, _, value = said.partition("=")
    try:
        return name, float(value)
    except ValueError:
        raise WrongUsage(f"--number: {said!r} should be NAME=VALUE, for example coverage=87.5") from None


@command(app, "rules")
def rules(session: Session) -> None:
    """Show what jobs of the workspace have to prove, and where the reports come from; for admins."""
    found = {"items": session.api.get("/workspaces/current").get("gates") or []}
    session.show(found, lambda paper: paper.table(gate_view.rules(found["items"])))


def _shown(paper: Paper, job: Json) -> None:
    paper.fields(job_view.brief(job))
    paper.table(job_view.gates(job))
