"""`mosaic gates`: gate reports, and the gate rules of the workspace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from mosaic_cli.api import ids
from mosaic_cli.api.client import path, without_none
from mosaic_cli.choices import CiJobStatus, GateReport
from mosaic_cli.errors import Json, WrongUsage
from mosaic_cli.framework import completion
from mosaic_cli.framework.command import command
from mosaic_cli.framework.groups import group
from mosaic_cli.inputs import checkout
from mosaic_cli.inputs.sources import read_text
from mosaic_cli.rendering.renderers import Renderer
from mosaic_cli.session import Session
from mosaic_cli.views import gate as gate_view
from mosaic_cli.views import job as job_view

app = group()


@dataclass(frozen=True)
class ReportOptions:
    """The options that describe a gate report."""

    status: Annotated[
        GateReport | None,
        typer.Option(case_sensitive=False, metavar="|".join(GateReport), help="Result of the gate."),
    ] = None
    job_status: Annotated[
        CiJobStatus | None,
        typer.Option(
            "--from-job-status",
            case_sensitive=False,
            metavar="|".join(CiJobStatus),
            help="Result of the gate as GitHub's and Gitea's ${{ job.status }}.",
        ),
    ] = None
    commit: Annotated[
        str | None,
        typer.Option(
            metavar="SHA",
            help="Full id of the commit that the gate checked; the checked-out commit by default, if its branch is"
            " the job's.",
        ),
    ] = None
    link: Annotated[str | None, typer.Option(metavar="URL", help="Page of the CI run.")] = None
    details: Annotated[str | None, typer.Option(metavar="TEXT|@FILE|-", help="Details of the result.")] = None
    numbers: Annotated[
        list[str] | None,
        typer.Option("--number", metavar="NAME=VALUE", help="A number that the gate requires; repeatable."),
    ] = None
    attempt: Annotated[
        int | None,
        typer.Option(metavar="N", help="Attempt that the report is for; the current one by default."),
    ] = None
    replaces: Annotated[
        str | None,
        typer.Option(metavar="SHA", help="Commit of the job that --commit replaces."),
    ] = None
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Reason for an overridden gate.")] = None

    def result(self) -> GateReport:
        """Returns the result of the gate. Raises WrongUsage unless it is given exactly once."""
        if (self.status is None) is (self.job_status is None):
            raise WrongUsage("give --status or --from-job-status")
        return self.status or CiJobStatus(self.job_status or "").report


@command(app, "report")
def report(
    session: Session,
    *,
    target: Annotated[
        list[str],
        typer.Argument(
            metavar="[JOB] GATE",
            help="The job, and the gate's id, for example build. Without JOB, the checked-out branch mosaic/ID"
            " names the job.",
            show_default=False,
            autocompletion=completion.jobs_or_gates,
        ),
    ],
    options: ReportOptions,
) -> None:
    """Report the result of a gate on a commit. Admins can override a gate with `forced` and a reason."""
    result = options.result()
    job_id, gate = _job_and_gate(session, target)
    body = without_none(
        {
            "status": result.value,
            "commitSha": options.commit or _checked_out_commit(session, job_id, result),
            "url": options.link,
            "details": None if options.details is None else read_text(options.details),
            "numbers": dict(map(_number, options.numbers)) if options.numbers else None,
            "attempt": options.attempt,
            "replaces": options.replaces,
            "reason": options.reason,
        }
    )
    job = session.api.send("PUT", path("runner-jobs", job_id, "gates", gate), body)
    session.show(job, lambda renderer: _render(renderer, job))


def _job_and_gate(session: Session, target: list[str]) -> tuple[str, str]:
    if len(target) > 2:
        raise WrongUsage("give JOB and GATE, or GATE alone")
    job = target[0] if len(target) == 2 else checkout.job(session.runtime.environment)
    return ids.job_id(session.api, job), target[-1]


def _checked_out_commit(session: Session, job_id: str, result: GateReport) -> str | None:
    """Returns the commit of the checkout; None for FORCED, which needs no commit."""
    if result is GateReport.FORCED:
        return None
    commit = checkout.commit(session.runtime.environment, job_id)
    if commit is None:
        raise WrongUsage(
            f"the commit is unknown: this folder is not a checkout of mosaic/{job_id}; give --commit"
        )
    return commit


def _number(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError:
        raise WrongUsage(f"--number: {text!r} should be NAME=VALUE, for example coverage=87.5") from None


@command(app, "rules")
def rules(session: Session) -> None:
    """Show the gate rules of the workspace, and the source of their reports; for admins."""
    document = {"items": session.api.get("/workspaces/current").get("gates") or []}
    session.show(document, lambda renderer: renderer.table(gate_view.rules(document["items"])))


def _render(renderer: Renderer, job: Json) -> None:
    renderer.fields(job_view.summary(job))
    renderer.table(job_view.gates(job))
