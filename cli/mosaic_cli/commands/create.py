"""`mosaic jobs create` and `mosaic dispatch`: commands that create a job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from mosaic_cli.api.client import without_none
from mosaic_cli.commands import arguments
from mosaic_cli.commands.job_requests import WaitOptions, show_or_watch
from mosaic_cli.errors import Json, WrongUsage
from mosaic_cli.exit_codes import ExitCode
from mosaic_cli.framework import completion
from mosaic_cli.inputs.sources import read_text
from mosaic_cli.rendering.renderers import Renderer
from mosaic_cli.session import Session, parse_duration_option
from mosaic_cli.views import gate as gate_view
from mosaic_cli.views import job as job_view


@dataclass(frozen=True)
class JobOptions:
    """The options that describe a new job."""

    instructions: Annotated[
        str,
        typer.Option(metavar="TEXT|@FILE|-", help="Instructions for the agent; - reads standard input."),
    ]
    profile: Annotated[
        str | None,
        typer.Option(metavar="PROFILE", help="Agent profile; the profile of the job type by default."),
    ] = None
    repository: arguments.Repository = None
    branch: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Branch that the agent may push to; a new branch of the job by default."
        ),
    ] = None
    paths: Annotated[
        list[str] | None,
        typer.Option(
            "--path", metavar="PATH", help="A file or folder/ in scope; repeatable, all by default."
        ),
    ] = None
    issue: Annotated[int | None, typer.Option(metavar="NUMBER", help="Number of the job's issue.")] = None
    agent_task: Annotated[
        str | None, typer.Option("--agent-task-id", metavar="ID", help="Your own id for the job.")
    ] = None
    capabilities: Annotated[
        list[str] | None,
        typer.Option(
            "--capability", metavar="RESOURCE:ACTION", help="A capability that the job needs; repeatable."
        ),
    ] = None
    priority: Annotated[int | None, typer.Option(metavar="0-9", help="Higher priorities start first.")] = None
    timeout: Annotated[
        str | None,
        typer.Option(
            metavar=arguments.DURATION, help="Time limit of the agent's run, for example 90s or 1h30m."
        ),
    ] = None
    max_attempts: Annotated[
        int | None, typer.Option(metavar="1-10", help="Maximum number of automatic attempts.")
    ] = None
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the decision of the guard rails; create no job.")
    ] = False

    def body(self, type: str | None) -> Json:
        """Returns the request body for a job of the type. Raises WrongUsage."""
        return without_none(
            {
                "type": type,
                "instructions": read_text(self.instructions),
                "profile": self.profile,
                "repository": self.repository,
                "branch": self.branch,
                "paths": self.paths or None,
                "issueNumber": self.issue,
                "agentTaskId": self.agent_task,
                "capabilities": self.capabilities or None,
                "priority": self.priority,
                "timeoutSeconds": parse_duration_option(self.timeout, "--timeout"),
                "maxAttempts": self.max_attempts,
            }
        )


def create(
    session: Session,
    *,
    type: Annotated[
        str,
        typer.Option(
            metavar="TYPE",
            help="Type of the job, for example git-status or code-task.",
            autocompletion=completion.types,
        ),
    ],
    options: JobOptions,
    run_at: Annotated[
        str | None,
        typer.Option(metavar=arguments.TIME, help="Earliest start, for example 2h, tomorrow or 2026-12-01."),
    ] = None,
    idempotency_key: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="A repeated request with the same key returns the same job."),
    ] = None,
    waiting: WaitOptions,
) -> ExitCode | None:
    """Create a job and queue it."""
    limit = waiting.limit()
    body = options.body(type)
    start = without_none({"runAt": session.parse_time_option(run_at, "--run-at", ahead=True)})
    if options.dry_run:
        _show_decision(session, body)
        return None
    headers = {} if idempotency_key is None else {"idempotency-key": _header(idempotency_key)}
    job = session.api.send("POST", "/runner-jobs", {**body, **start}, headers=headers)
    return show_or_watch(session, job, wait=waiting.wait, limit=limit)


def dispatch(
    session: Session,
    *,
    options: JobOptions,
    type: Annotated[
        str | None,
        typer.Option(
            metavar="TYPE",
            help="Type of the job; code-task by default.",
            autocompletion=completion.types,
        ),
    ] = None,
    waiting: WaitOptions,
) -> ExitCode | None:
    """Dispatch a job manually, or show the decision of the guard rails."""
    limit = waiting.limit()
    body = options.body(type)
    if options.dry_run:
        _show_decision(session, body)
        return None
    job = session.api.send("POST", "/stitcher/dispatch", body)
    return show_or_watch(session, job, wait=waiting.wait, limit=limit)


def _header(key: str) -> str:
    if not (key.isascii() and key.isprintable()):
        raise WrongUsage("an idempotency key must be printable ASCII")
    return key


def _show_decision(session: Session, body: Json) -> None:
    decision = session.api.send("POST", "/stitcher/dispatch", {**body, "dryRun": True})
    session.show(decision, lambda renderer: _render_decision(renderer, decision))


def _render_decision(renderer: Renderer, decision: Json) -> None:
    renderer.fields(job_view.decision(decision))
    if decision.get("gates"):
        renderer.table(gate_view.planned(decision["gates"]))
