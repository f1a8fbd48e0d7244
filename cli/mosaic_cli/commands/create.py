"""Asking for jobs: `mosaic jobs create` and `mosaic dispatch`."""

from __future__ import annotations

from typing import Annotated

import typer

from mosaic_cli import completing
from mosaic_cli.commands import arguments as take
from mosaic_cli.commands.posting import queued, wait_timeout
from mosaic_cli.errors import Json, WrongUsage
from mosaic_cli.exits import ExitCode
from mosaic_cli.paper import Paper
from mosaic_cli.session import Session, duration
from mosaic_cli.sources import text
from mosaic_cli.views import gate as gate_view
from mosaic_cli.views import job as job_view


def create(
    session: Session,
    *,
    type: take.Type,
    instructions: take.Instructions,
    profile: take.Profile = None,
    repository: take.Repository = None,
    branch: take.Branch = None,
    paths: take.Paths = None,
    issue: take.Issue = None,
    agent_task: take.AgentTask = None,
    capabilities: take.Capabilities = None,
    priority: take.Priority = None,
    run_at: Annotated[
        str | None,
        typer.Option(metavar=take.TIME, help="Not before this time, for example 2h, tomorrow or 2026-12-01."),
    ] = None,
    timeout: take.Timeout = None,
    max_attempts: take.MaxAttempts = None,
    idempotency_key: Annotated[
        str | None, typer.Option(metavar="KEY", help="Asking again with the same key gives the same job.")
    ] = None,
    dry_run: take.DryRun = False,
    wait: take.Wait = False,
    wait_limit: take.WaitTimeout = None,
) -> ExitCode | None:
    """Create a job and queue it."""
    limit = wait_timeout(wait_limit)
    wanted = _wanted(
        type=type,
        instructions=text(instructions),
        profile=profile,
        repository=repository,
        branch=branch,
        paths=paths or None,
        issueNumber=issue,
        agentTaskId=agent_task,
        capabilities=capabilities or None,
        priority=priority,
        timeoutSeconds=duration(timeout, "--timeout"),
        maxAttempts=max_attempts,
    )
    when = _wanted(runAt=session.time(run_at, "--run-at", ahead=True))
    if dry_run:
        _decided(session, wanted)
        return None
    headers = {} if idempotency_key is None else {"idempotency-key": _header(idempotency_key)}
    job = session.api.send("POST", "/runner-jobs", {**wanted, **when}, headers=headers)
    return queued(session, job, wait=wait, timeout=limit)


def dispatch(
    session: Session,
    *,
    instructions: take.Instructions,
    type: Annotated[
        str | None,
        typer.Option(
            metavar="TYPE",
            help="Type of the job; code-task unless given.",
            autocompletion=completing.types,
        ),
    ] = None,
    profile: take.Profile = None,
    repository: take.Repository = None,
    branch: take.Branch = None,
    paths: take.Paths = None,
    issue: take.Issue = None,
    agent_task: take.AgentTask = None,
    capabilities: take.Capabilities = None,
    priority: take.Priority = None,
    timeout: take.Timeout = None,
    max_attempts: take.MaxAttempts = None,
    dry_run: take.DryRun = False,
    wait: take.Wait = False,
    wait_limit: take.WaitTimeout = None,
) -> ExitCode | None:
    """Dispatch a job by hand, or see what the rails would decide."""
    limit = wait_timeout(wait_limit)
    wanted = _wanted(
        type=type,
        instructions=text(instructions),
        profile=profile,
        repository=repository,
        branch=branch,
        paths=paths or None,
        issueNumber=issue,
        agentTaskId=agent_task,
        capabilities=capabilities or None,
        priority=priority,
        timeoutSeconds=duration(timeout, "--timeout"),
        maxAttempts=max_attempts,
    )
    if dry_run:
        _decided(session, wanted)
        return None
    return queued(session, session.api.send("POST", "/stitcher/dispatch", wanted), wait=wait, timeout=limit)


def _header(key: str) -> str:
    if not (key.isascii() and key.isprintable()):
        raise WrongUsage("an idempotency key is printable ASCII")
    return key


def _wanted(**fields: object) -> Json:
    """What is asked for; what is not given is the API's to decide."""
    return {name: value for name, value in fields.items() if value is not None}


def _decided(session: Session, wanted: Json) -> None:
    answer = session.api.send("POST", "/stitcher/dispatch", {**wanted, "dryRun": True})
    session.show(answer, lambda paper: _decision(paper, answer))


def _decision(paper: Paper, answer: Json) -> None:
    paper.fields(job_view.decision(answer))
    if answer.get("gates"):
        paper.table(gate_view.planned(answer["gates"]))
