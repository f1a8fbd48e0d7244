"""Mutants of what people may ask for and command on issues."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mosaic.access.model import Workspace
from mosaic.forge import github
from mosaic.forge.intent import Command, JobRequested
from mosaic.jobs import lifecycle
from mosaic.jobs.model import Job
from mosaic.services import command_rules, evaluate_guard, handle_webhook, run_command
from mosaic.services.author_roles import AuthorRoles, author_roles
from mosaic.services.command_rules import CommandRefused, Speaker
from tests.simulation.mutants.registry import Patch, mutant


@mutant
def commenter_lends_the_role() -> tuple[Patch, ...]:
    """A job has the role of its requester, also for the words of a guest."""

    def lent(workspace: Workspace, request: JobRequested) -> AuthorRoles:
        roles = author_roles(workspace, request)
        return AuthorRoles(roles.actor, roles.issue_author, roles.actor)

    return ((handle_webhook, "author_roles", lent),)


@mutant
def moved_issue_belongs_to_its_mover() -> tuple[Patch, ...]:
    """The sender of an issue counts as the author of its text."""

    def of_sender(workspace: Workspace, request: JobRequested) -> AuthorRoles:
        roles = author_roles(workspace, request)
        is_comment = request.issue.comment is not None
        return roles if is_comment else AuthorRoles(roles.actor, roles.actor, roles.actor)

    return ((handle_webhook, "author_roles", of_sender),)


@mutant
def moved_issue_creates_a_job() -> tuple[Patch, ...]:
    """An issue that was moved from another repository is a request of its mover."""
    return ((github, "_was_moved", lambda _payload: False),)


@mutant
def guests_run_without_an_approval() -> tuple[Patch, ...]:
    """A workspace lets the jobs of guests start as those of members."""
    real = evaluate_guard.evaluate

    def evaluate(job: Job, workspace: Workspace, *rest: Any) -> Any:
        return real(job, workspace.model_copy(update={"guests_need_approval": False}), *rest)

    return ((evaluate_guard, "evaluate", evaluate),)


@mutant
def commands_need_no_role() -> tuple[Patch, ...]:
    """A command of any person is run."""
    return ((Speaker, "may", lambda _self, _command, _job: True),)


@mutant
def retry_lends_the_role() -> tuple[Patch, ...]:
    """A retry runs in the role of its author, also for the words of a guest."""
    real = lifecycle.retry

    def retry(job: Job, *rest: Any, **named: Any) -> Job:
        again = real(job, *rest, **named)
        return again.evolve(source=again.source.model_copy(update={"role": named["role"]}))

    return ((lifecycle, "retry", retry),)


@mutant
def command_reaches_the_newest_job() -> tuple[Patch, ...]:
    """A command without a code reaches the newest job that can take it."""
    real = command_rules.only_job

    def newest(command: Command, jobs: Sequence[Job], speaker: Speaker) -> Job:
        able = [job for job in jobs if command_rules.can_take(command, job) and speaker.may(command, job)]
        return able[0] if able else real(command, jobs, speaker)

    return ((run_command, "only_job", newest),)


@mutant
def code_of_a_command_is_ignored() -> tuple[Patch, ...]:
    """A command that names a job by its code reaches the newest one that can take it."""
    real = command_rules.named_job

    def newest(
        command: Command,
        code: str,
        named: Sequence[Job],
        jobs: Sequence[Job],
        speaker: Speaker,
        attempt: int | None = None,
    ) -> Job:
        try:
            able = [job for job in jobs if command_rules.can_take(command, job)]
            return real(command, code, able[:1], jobs, speaker, attempt)
        except CommandRefused:
            return real(command, code, named, jobs, speaker, attempt)

    return ((run_command, "named_job", newest),)


@mutant
def approval_of_an_unseen_job_counts() -> tuple[Patch, ...]:
    """An approval reaches a job that began to wait after the comment was written."""
    return ((command_rules, "_require_seen", lambda *_: None),)


@mutant
def answer_needs_no_attempt() -> tuple[Patch, ...]:
    """An answer to an approval without an attempt reaches any attempt that waits."""

    def seen(command: Command, job: Job, speaker: Speaker, _attempt: int | None) -> None:
        command_rules._require_seen(command, job, speaker)

    return ((command_rules, "_require_reviewed", seen),)
