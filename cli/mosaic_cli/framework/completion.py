"""Completion of values that only the API knows. Whatever goes wrong, it offers nothing and says nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace

import typer

from mosaic_cli.command import session_of
from mosaic_cli.errors import CommandError, Json, Refused
from mosaic_cli.ids import LAST
from mosaic_cli.session import Session

# A shell waits for its completion.
SECONDS = 1.0
# The scripts of zsh evaluate what is offered: nothing is that a shell could take for more than a word.
_HARMLESS = re.compile(r"[A-Za-z0-9@ ._/:-]*")
NEWEST = 50
Offers = list[tuple[str, str]]


def _offering(ask: Callable[[Session, typer.Context], Iterable[tuple[str, str]]]) -> Callable[..., Offers]:
    """The values that `ask` finds and that begin with what is typed, each with a word about it."""

    def offer(ctx: typer.Context, incomplete: str) -> Offers:
        session = session_of(ctx)
        session.world = replace(session.world, seconds=SECONDS)
        try:
            with closing(session):
                found = list(ask(session, ctx))
        except CommandError:
            return []
        return [
            (value, told if _HARMLESS.fullmatch(told) else "")
            for value, told in found
            if _HARMLESS.fullmatch(value) and value.startswith(incomplete)
        ]

    return offer


def _newest(session: Session) -> list[Json]:
    items: list[Json] = session.quiet_api.get("/runner-jobs", {"limit": NEWEST}).get("items") or []
    return items


def _jobs(session: Session, _: typer.Context) -> Iterable[tuple[str, str]]:
    yield LAST, "newest job"
    for job in _newest(session):
        yield str(job.get("id")), f"{job.get('status')} {job.get('type')}"


def _types(session: Session, _: typer.Context) -> Iterable[tuple[str, str]]:
    """The workspace's types for admins, who may read them; else those of the newest jobs."""
    try:
        return [(name, "") for name in session.quiet_api.get("/workspaces/current").get("jobTypes") or {}]
    except Refused:
        return [(name, "") for name in sorted({str(job.get("type")) for job in _newest(session)})]


def _gates(session: Session, _: typer.Context) -> Iterable[tuple[str, str]]:
    names = {str(gate.get("id")) for job in _newest(session) for gate in job.get("gates") or ()}
    return [(name, "") for name in sorted(names)]


def _repositories(session: Session, _: typer.Context) -> Iterable[tuple[str, str]]:
    names = {str(job["repository"]) for job in _newest(session) if job.get("repository")}
    return [(name, "") for name in sorted(names)]


def _jobs_or_gates(session: Session, ctx: typer.Context) -> Iterable[tuple[str, str]]:
    return [*_gates(session, ctx), *_jobs(session, ctx)]


jobs = _offering(_jobs)
types = _offering(_types)
gates = _offering(_gates)
repositories = _offering(_repositories)
jobs_or_gates = _offering(_jobs_or_gates)
