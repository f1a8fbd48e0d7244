"""The people who speak on issues: their roles, what they asked for, and what their commands may reach.

The checks use only what was delivered, not the product's own records of authors and roles.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mosaic.jobs.lifecycle import CANCELLABLE, RETRYABLE
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Waiting
from tests.simulation.checkers.history import IssueCommand, ObservedJob

ROLES = {"eve": "admin", "ada": "member", "bob": "member"}
"""The people that the workspace or the repository knows. All others are guests."""
RANKS = ("guest", "member", "admin")
API_ADMIN = "token:eve"
# An index may be this much behind, and a forge's clock differs from those of the functions.
LAG, SKEW = 3.0, 6.0


def login_of(actor: str) -> str | None:
    """Returns the login of a person on GitHub, None for other actors."""
    return actor.removeprefix("github:") if actor.startswith("github:") else None


def role_of(login: str) -> str:
    """Returns the role of a person on GitHub."""
    return ROLES.get(login, "guest")


def lowest_role(observed: ObservedJob) -> str:
    """Returns the lowest role of those who wrote or retried the job. A caller of the API is a member at least."""
    people = (*observed.authors, *observed.retriers)
    return min((role_of(login) for login in people), key=RANKS.index, default="member")


def jobs_have_the_lowest_role(observed: ObservedJob) -> Iterator[str]:
    """11. A job has no higher role than any author of its text, and than anyone who retried it."""
    lowest = lowest_role(observed)
    role = observed.now.source.role
    if observed.authors and (role is None or RANKS.index(role) > RANKS.index(lowest)):
        yield f"it has the role {role}, and one of {observed.authors} or {observed.retriers} is a {lowest}"


def moved_issues_create_no_job(observed: ObservedJob) -> Iterator[str]:
    """11. An issue that was moved from another repository creates no job."""
    if observed.is_of_moved_issue:
        yield f"the move of {observed.now.source.url} created it"


def guests_run_only_with_an_approval(observed: ObservedJob) -> Iterator[str]:
    """11. No job with the text of a guest runs before an admin approved it."""
    job = observed.now
    if job.status is not JobStatus.RUNNING or lowest_role(observed) != "guest":
        return
    approval = job.approval
    if approval is None or not approval.approved:
        yield "it runs without an approval, and a guest wrote or retried it"
    elif approval.actor != API_ADMIN and role_of(login_of(approval.actor) or "") != "admin":
        yield f"it runs with an approval of {approval.actor}"


def commands_need_a_role(observed: ObservedJob) -> Iterator[str]:
    """12. A command of a person without the role changes nothing."""
    for verb in _new_commands(observed):
        person = login_of(observed.now.change.actor)
        if person is not None and not _may(person, verb, observed):
            yield f"{person} is a {role_of(person)} and could {verb} it"


def commands_reach_the_job_that_is_meant(
    observed: ObservedJob, jobs: Iterable[ObservedJob], commands: Iterable[IssueCommand]
) -> Iterator[str]:
    """12. A command reaches the job that it names, or the only job that can take it."""
    job, person = observed.now, login_of(observed.now.change.actor)
    others = [other for other in jobs if other is not observed and _of_one_issue(other, observed)]
    for verb in _new_commands(observed):
        given = [command for command in commands if _is_given(command, job, person, verb)]
        if person is not None and not any(_may_mean(command, observed, others) for command in given):
            yield f"{person} could {verb} it without a command that means this job"


def _new_commands(observed: ObservedJob) -> Iterator[str]:
    now, before = observed.now, observed.before
    if before is None:
        return
    if now.cancelled and not before.cancelled:
        yield "cancel"
    if now.attempt > before.attempt:
        yield "retry"
    if now.approval and now.approval != before.approval:
        yield "approve" if now.approval.approved else "deny"


def _may(person: str, verb: str, observed: ObservedJob) -> bool:
    if verb in ("approve", "deny"):
        return role_of(person) == "admin"
    return role_of(person) != "guest" or person in (*observed.authors[:1], *observed.retriers)


def _is_given(command: IssueCommand, job: Job, person: str | None, verb: str) -> bool:
    return (command.verb, command.author, command.issue) == (verb, person, job.issue_number)


def _may_mean(command: IssueCommand, observed: ObservedJob, others: list[ObservedJob]) -> bool:
    """Returns whether the command names the job; or names none, and no other job could take it all the time.

    An answer to an approval names the attempt from the second on. An approval is of a job that waited before it.
    """
    code, _, attempt = (command.code or "").partition("-")
    was_in = observed.before.attempt if observed.before else 1
    if attempt and int(attempt) != was_in:
        return False
    if command.verb in ("approve", "deny") and was_in > 1 and not attempt:
        return False
    could_take = observed.able_since.get(command.verb, 0.0)
    if command.verb == "approve" and could_take > command.at + SKEW:
        return False
    if code:
        return code == observed.now.short_code
    return not any(_competes(command, other) for other in others)


def _competes(command: IssueCommand, other: ObservedJob) -> bool:
    if command.verb in ("cancel", "retry") and not _may(command.author, command.verb, other):
        return False
    since = other.able_since.get(command.verb)
    return can_take(command.verb, other.now) and since is not None and since < command.at - LAG


def can_take(verb: str, job: Job) -> bool:
    """Returns whether the state of the job allows the command."""
    if verb in ("approve", "deny"):
        return job.waiting is Waiting.APPROVAL
    return job.status in (CANCELLABLE if verb == "cancel" else RETRYABLE)


def _of_one_issue(one: ObservedJob, other: ObservedJob) -> bool:
    if not one.versions:
        return False
    return (one.now.repository, one.now.issue_number) == (other.now.repository, other.now.issue_number)
