"""Completion of values that only the API knows. After an error it offers nothing and prints nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace

import typer

from mosaic_cli.api.ids import LAST
from mosaic_cli.errors import CommandError, Json, Refused
from mosaic_cli.framework.command import completion_session
from mosaic_cli.session import Session

# The shell blocks until the completion returns.
REQUEST_SECONDS = 1.0
# The zsh script evaluates the offered values, so they must contain no shell syntax.
_SHELL_SAFE = re.compile(r"[A-Za-z0-9@ ._/:-]*")
NEWEST = 50
Offer = tuple[str, str]
"""A value and its description."""


def _completion(
    values: Callable[[Session, typer.Context], Iterable[Offer]],
) -> Callable[..., list[Offer]]:
    """Returns a Typer completion that offers the `values` beginning with the typed text."""

    def complete(ctx: typer.Context, incomplete: str) -> list[Offer]:
        session = completion_session(ctx)
        session.runtime = replace(session.runtime, request_seconds=REQUEST_SECONDS)
        try:
            with closing(session):
                offers = list(values(session, ctx))
        except CommandError:
            return []
        return [
            (value, description if _SHELL_SAFE.fullmatch(description) else "")
            for value, description in offers
            if _SHELL_SAFE.fullmatch(value) and value.startswith(incomplete)
        ]

    return complete


def _newest_jobs(session: Session) -> list[Json]:
    items: list[Json] = session.quiet_api.get("/runner-jobs", {"limit": NEWEST}).get("items") or []
    return items


def _jobs(session: Session, _: typer.Context) -> Iterable[Offer]:
    yield LAST, "newest job"
    for job in _newest_jobs(session):
        yield str(job.get("id")), f"{job.get('status')} {job.get('type')}"


def _types(session: Session, _: typer.Context) -> Iterable[Offer]:
    """The workspace's job types. Only admins may read them; others get the types of the newest jobs."""
    try:
        return [(name, "") for name in session.quiet_api.get("/workspaces/current").get("jobTypes") or {}]
    except Refused:
        return [(name, "") for name in sorted({str(job.get("type")) for job in _newest_jobs(session)})]


def _gates(session: Session, _: typer.Context) -> Iterable[Offer]:
    names = {str(gate.get("id")) for job in _newest_jobs(session) for gate in job.get("gates") or ()}
    return [(name, "") for name in sorted(names)]


def _repositories(session: Session, _: typer.Context) -> Iterable[Offer]:
    names = {str(job["repository"]) for job in _newest_jobs(session) if job.get("repository")}
    return [(name, "") for name in sorted(names)]


def _jobs_or_gates(session: Session, ctx: typer.Context) -> Iterable[Offer]:
    return [*_gates(session, ctx), *_jobs(session, ctx)]


jobs = _completion(_jobs)
types = _completion(_types)
gates = _completion(_gates)
repositories = _completion(_repositories)
jobs_or_gates = _completion(_jobs_or_gates)
