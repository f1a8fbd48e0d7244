"""`mosaic demo`: simulates a GitHub comment and a CI against a local stack."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Annotated

import typer

from mosaic_cli.api import ids
from mosaic_cli.api.client import path
from mosaic_cli.commands import arguments
from mosaic_cli.config.urls import is_loopback
from mosaic_cli.demo import local_stack
from mosaic_cli.errors import Json, Refused, WrongUsage, problem
from mosaic_cli.exit_codes import ExitCode
from mosaic_cli.framework.command import command
from mosaic_cli.framework.groups import group
from mosaic_cli.session import Session
from mosaic_cli.views import job as job_view

app = group()


@command(app, "mention")
def mention(
    session: Session,
    *,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Text of the comment.")],
    repository: Annotated[
        str, typer.Option(metavar="OWNER/NAME", help="Repository of the issue.")
    ] = "acme/shop",
    issue: Annotated[int, typer.Option(metavar="NUMBER", help="Number of the issue.")] = 7,
    actor: Annotated[str, typer.Option(metavar="LOGIN", help="Author of the comment.")] = "ada",
) -> None:
    """Send the webhook of a GitHub issue comment that mentions @mosaic, signed as GitHub signs it."""
    from mosaic_cli.demo import github_webhook

    _require_local_stack(session)
    # The service ignores a repeated comment id.
    comment_id = time.time_ns() // 1000
    payload = github_webhook.mention(
        text, repository=repository, issue=issue, actor=actor, comment_id=comment_id
    )
    body, headers = github_webhook.signed(payload, f"mosaic-demo-{comment_id}")
    # A forge signs its webhooks and has no token.
    forge = session.api_with(replace(session.settings, token=None))
    result = forge.send(
        "POST", "/stitcher/webhook/github", content=body, headers=headers, token_optional=True
    )
    if not result.get("jobId"):
        detail = f"the comment was ignored: {result.get('ignored')}"
        raise Refused(ExitCode.CONFLICT, problem("ignored", "Ignored", detail))
    fields = {"id": result["jobId"], "status": result.get("status")}
    session.show(result, lambda renderer: renderer.fields(fields))
    session.hint("next, watch the agent: mosaic jobs watch @last --until validation")
    session.hint("then report the gates as a CI would: mosaic demo gates @last")


@command(app, "gates")
def gates(session: Session, *, job: arguments.Job) -> ExitCode:
    """Report every pending gate of a job as passed, as a CI would. No CI runs."""
    _require_local_stack(session)
    job_id = ids.job_id(session.api, job)
    current = session.api.get(path("runner-jobs", job_id))
    pending = [gate for gate in current.get("gates") or () if gate.get("status") == "PENDING"]
    if current.get("phase") != "VALIDATION":
        raise Refused(ExitCode.CONFLICT, problem("no_gates", "No gates", _no_gates(current)))
    reporter = session.api_with(replace(session.settings, token=local_stack.reporter_token()))
    report = {
        "status": "passed",
        "commitSha": current.get("commitSha") or local_stack.COMMIT,
        "details": "by mosaic demo",
    }
    for gate in pending:
        current = reporter.send("PUT", path("runner-jobs", job_id, "gates", str(gate.get("id"))), report)
        session.hint(f"reported {gate.get('id')} as passed")
    session.show(current, lambda renderer: renderer.fields(job_view.summary(current)))
    return ExitCode.OK if current.get("status") == "COMPLETED" else ExitCode.JOB_FAILED


def _no_gates(job: Json) -> str:
    return f"the job waits for no gates: it is {job.get('status')} {job.get('phase') or ''}".rstrip()


def _require_local_stack(session: Session) -> None:
    if not is_loopback(session.settings.url):
        raise WrongUsage(f"`mosaic demo` works only with a local stack, not with {session.settings.url}")
