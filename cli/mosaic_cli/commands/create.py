"""Asking for jobs: `mosaic jobs create` and `mosaic dispatch`."""

from __future__ import annotations

from typing import Annotated

import typer

from mosaic_cli.commands import arguments as take
from mosaic_cli.errors import Json, WrongUsage
from mosaic_cli.exits import ExitCode
from mosaic_cli.paper import Paper
from mosaic_cli.session import Session
from mosaic_cli.sources import text
from mosaic_cli.views import gate as gate_view
from mosaic_cli.views import job as job_view
from mosaic_cli.watching import watch


def create(
    session: Session,
    *,
    type: Annotated[str, typer.Option(help="Type of the job, for example git-status or code-task.")],
    instructions: take.Instructions,
    profile: take.Profile = None,
    repository: take.Repository = None,
    branch: take.Branch = None,
    paths: take.Paths = None,
    issue: take.Issue = None,
    agent_task: take.AgentTask = None,
    capabilities: take.Capabilities = None,
    priority: take.Priority = None,
    run_at: Annotated[str | None, typer.Option(metavar="RFC3339", help="Not before this time.")] = None,
    timeout: take.Timeout = None,
    max_attempts: take.MaxAttempts = None,
    idempotency_key: Annotated[
        str | None, typer.Option(metavar="KEY", help="Asking again with the same key gives the same job.")
    ] = None,
    wait: take.Wait = False,
) -> ExitCode | None:
    """Create a job and queue it."""
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
        runAt=run_at,
        timeoutSeconds=timeout,
        maxAttempts=max_attempts,
    )
    headers = {} if idempotency_key is None else {"idempotency-key": _header(idempotency_key)}
    job = session.api.send("POST", "/runner-jobs", wanted, headers=headers)
    return queued(session, job, wait)


def dispatch(
    session: Session,
    *,
    instructions: take.Instructions,
    type: Annotated[str | None, typer.Option(help="Type of the job; code-task unless given.")] = None,
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
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what the rails would decide; create nothing.")
    ] = False,
    wait: take.Wait = False,
) -> ExitCode | None:
    """Dispatch a job by hand, or see what the rails would decide."""
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
        timeoutSeconds=timeout,
        maxAttempts=max_attempts,
        dryRun=dry_run or None,
    )
    answer = session.api.send("POST", "/stitcher/dispatch", wanted)
    if not dry_run:
        return queued(session, answer, wait)
    session.show(answer, lambda paper: _decision(paper, answer))
    return None


def queued(session: Session, job: Json, wait: bool) -> ExitCode | None:
    """Show a job that was just queued, or watch it to its end."""
    if wait:
        session.note(f"job {job.get('id')}")
        return watch(session, str(job.get("id")))
    session.show(job, lambda paper: paper.fields(job_view.brief(job)))
    return None


def _header(key: str) -> str:
    if not (key.isascii() and key.isprintable()):
        raise WrongUsage("an idempotency key is printable ASCII")
    return key


def _wanted(**fields: object) -> Json:
    """What is asked for; what is not given is the API's to decide."""
    return {name: value for name, value in fields.items() if value is not None}


def _decision(paper: Paper, answer: Json) -> None:
    paper.fields(job_view.decision(answer))
    if answer.get("gates"):
        paper.table(gate_view.planned(answer["gates"]))
