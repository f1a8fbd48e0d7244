"""`mosaic demo`: a comment and a CI for trying out a stack on this machine."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Annotated

import typer

from mosaic_cli import demo, ids
from mosaic_cli.api import path
from mosaic_cli.command import command
from mosaic_cli.commands import arguments as take
from mosaic_cli.errors import Json, Refused, WrongUsage, told
from mosaic_cli.exits import ExitCode
from mosaic_cli.groups import group
from mosaic_cli.session import Session
from mosaic_cli.urls import is_loopback
from mosaic_cli.views import job as job_view

app = group()


@command(app, "mention")
def mention(
    session: Session,
    *,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What the comment asks of @mosaic.")],
    repository: Annotated[
        str, typer.Option(metavar="OWNER/NAME", help="The repository of the issue.")
    ] = "acme/shop",
    issue: Annotated[int, typer.Option(metavar="NUMBER", help="The issue.")] = 7,
    actor: Annotated[str, typer.Option(metavar="LOGIN", help="Who writes the comment.")] = "ada",
) -> None:
    """Send the webhook of a comment on a GitHub issue that mentions @mosaic, signed as GitHub signs it."""
    from mosaic_cli import github_webhook

    _only_here(session)
    # GitHub's ids are unique, and the service takes the same comment once.
    comment_id = time.time_ns() // 1000
    payload = github_webhook.mention(
        text, repository=repository, issue=issue, actor=actor, comment_id=comment_id
    )
    body, headers = github_webhook.signed(payload, f"mosaic-demo-{comment_id}")
    # A forge has no token: its signature is all.
    forge = session.api_of(replace(session.settings, token=None))
    answer = forge.send("POST", "/stitcher/webhook/github", content=body, headers=headers, anyone=True)
    if not answer.get("jobId"):
        ignored = f"the comment was ignored: {answer.get('ignored')}"
        raise Refused(ExitCode.CONFLICT, told("ignored", "Ignored", ignored))
    session.show(answer, lambda paper: paper.fields({"id": answer["jobId"], "status": answer.get("status")}))
    session.hint("next, watch the agent: mosaic jobs watch @last --until validation")
    session.hint("then play the CI that reports its gates: mosaic demo gates @last")


@command(app, "gates")
def gates(session: Session, *, job: take.Job) -> ExitCode:
    """Report every open gate of a job as passed, as a CI would; no CI has run."""
    _only_here(session)
    job_id = ids.job_id(session.api, job)
    found = session.api.get(path("runner-jobs", job_id))
    waiting = [gate for gate in found.get("gates") or () if gate.get("status") == "PENDING"]
    if found.get("phase") != "VALIDATION":
        raise Refused(ExitCode.CONFLICT, told("no_gates", "No gates", _not_yet(found)))
    reporter = session.api_of(replace(session.settings, token=demo.REPORTER_TOKEN))
    said = {
        "status": "passed",
        "commitSha": found.get("commitSha") or demo.COMMIT,
        "details": "by mosaic demo",
    }
    for gate in waiting:
        found = reporter.send("PUT", path("runner-jobs", job_id, "gates", str(gate.get("id"))), said)
        session.hint(f"reported {gate.get('id')} as passed")
    session.show(found, lambda paper: paper.fields(job_view.brief(found)))
    return ExitCode.OK if found.get("status") == "COMPLETED" else ExitCode.JOB_FAILED


def _not_yet(job: Json) -> str:
    return f"the job waits for no gates: it is {job.get('status')} {job.get('phase') or ''}".rstrip()


def _only_here(session: Session) -> None:
    if not is_loopback(session.settings.url):
        raise WrongUsage(f"`mosaic demo` is for a stack on this machine, not for {session.settings.url}")
