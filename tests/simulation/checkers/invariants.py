"""Invariants of a single job; each function yields the violations.

Safety invariants are checked after every step for the changed job, so each looks only at its last two
versions. The invariants in AT_END are checked when the system is at rest. Numbers refer to
docs/explanation/reliability.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mosaic.jobs.lifecycle import ENDED, RETRYABLE, TRANSITIONS
from mosaic.jobs.model import Job
from mosaic.jobs.states import Decision, JobStatus, Waiting
from mosaic.rails.capabilities import CAPABILITIES, Level, tools_of
from mosaic.services.notify_issue import job_comment
from tests.simulation.checkers.gate_validation import (
    commits_are_pushed,
    completed_jobs_passed_their_gates,
    delivered_results_count,
)
from tests.simulation.checkers.history import ObservedJob
from tests.simulation.checkers.issue_authors import (
    commands_need_a_role,
    guests_run_only_with_an_approval,
    jobs_have_the_lowest_role,
    moved_issues_create_no_job,
)

Invariant = Callable[[ObservedJob], Iterator[str]]

UNAPPROVED_LEVELS = frozenset({Level.READ, Level.ORGANIZE, Level.DRAFT})


def accepted_jobs_are_stored(observed: ObservedJob) -> Iterator[str]:
    """1. A job that was answered 2xx is stored and has a due time. Its statuses and attempts follow the lifecycle."""
    if observed.is_promised and not observed.versions:
        yield "answered 2xx and not stored"
    if observed.enqueued_before_stored:
        yield "enqueued before it was stored"
    if not observed.versions:
        return
    now, before = observed.now, observed.before
    if before and now.status is not before.status and now.status not in TRANSITIONS[before.status]:
        yield f"{before.status} became {now.status}"
    if before and now.attempt not in (before.attempt, before.attempt + 1):
        yield f"attempt {before.attempt} is followed by attempt {now.attempt}"
    if now.status not in ENDED and now.due_at is None:
        yield "it has no due time"
    if now.error and now.error.code == "run_lost" and not observed.gateway_lost_data:
        yield "its run was marked lost, and the gateway has lost no data"


def past_attempts_are_kept(observed: ObservedJob) -> Iterator[str]:
    """1. Every past attempt is kept with its end, and the job names the next step."""
    now = observed.now
    if [past.attempt for past in now.past_attempts] != list(range(1, now.attempt)):
        yield f"attempt {now.attempt} follows {[past.attempt for past in now.past_attempts]}"
    for past in now.past_attempts:
        if past.status not in RETRYABLE or past.completed_at is None or not (past.error or past.cancelled):
            yield f"attempt {past.attempt} is kept as {past.status} without its end"
    if (now.cancelled is not None) is not (now.status is JobStatus.CANCELLED):
        yield f"it is {now.status} and was cancelled by {now.cancelled}"
    if not now.next.what:
        yield "it names no next step"


def attempts_run_once(observed: ObservedJob) -> Iterator[str]:
    """2. The gateway accepts at most one run of each attempt, and at most one ends well."""
    for attempt, runs in observed.dispatched_runs.items():
        if len(runs) > 1:
            yield f"attempt {attempt} was accepted by the gateway {len(runs)} times"
    for attempt, completed in observed.completed_runs.items():
        if len(completed) > 1 and not observed.gateway_lost_data:
            yield f"attempt {attempt} ended well {len(completed)} times"


def ended_attempts_do_not_change(observed: ObservedJob) -> Iterator[str]:
    """3. COMPLETED and CANCELLED are final until an explicit retry. A report changes its own attempt only."""
    now, before = observed.now, observed.before
    if before is None:
        return
    actor = now.change.actor
    is_overridden = before.status is JobStatus.FAILED and any(
        report.status == "forced" for report in observed.gate_reports
    )
    if (
        before.status in ENDED
        and now.attempt == before.attempt
        and _outcome(now) != _outcome(before)
        and not is_overridden
    ):
        yield f"an ended attempt was changed by {actor}"
    if before.status is JobStatus.COMPLETED:
        yield f"a COMPLETED job was changed by {actor}"
    if (
        before.status in ENDED
        and now.attempt > before.attempt
        and not actor.startswith(("token:", "github:"))
    ):
        yield f"{before.status} was retried by {actor}"
    if actor.startswith("run:") and actor != f"run:{now.id}:{now.attempt}":
        yield f"attempt {now.attempt} was reported on by {actor}"
    if now.result and not now.error and not observed.completed_runs[now.attempt]:
        yield f"attempt {now.attempt} has a result without a run that ended well"
    if (
        now.result
        and now.error
        and now.attempt not in observed.called_back
        and not observed.gateway_interrupted
    ):
        yield f"attempt {now.attempt} has failed without a run that ended"


def _outcome(job: Job) -> object:
    return job.status, job.attempt, job.gates, job.result, job.error, job.commit_sha, job.completed_at


def log_matches_versions(observed: ObservedJob) -> Iterator[str]:
    """4. Every version is in the event log once, in order, without gaps. Replaying the stream changes no byte."""
    if observed.log.violation:
        yield f"an event is out of order or differs from its version: {observed.log.violation}"


def running_jobs_are_permitted(observed: ObservedJob) -> Iterator[str]:
    """6. A denied job is never dispatched, and its tools are within the granted capabilities.

    Another person than the requester approves capabilities that need an approval.
    """
    for attempt, runs in observed.dispatched_runs.items():
        jobs = [job for job in observed.versions if job.attempt == attempt and job.guard]
        if not any(job.guard and job.guard.decision is Decision.ALLOW for job in jobs):
            yield f"attempt {attempt} was dispatched without permission of the guard rails"
        for request in runs:
            tools = set(request["payload"]["toolsAllow"])
            if not any(job.guard and tools <= set(tools_of(job.guard.capabilities)) for job in jobs):
                yield f"attempt {attempt} was given {sorted(tools)}, more than it was granted"
    given = observed.standing_capabilities, observed.granted_capabilities
    yield from _missing_approvals(observed.now, *given)


def _missing_approvals(
    job: Job, standing_capabilities: frozenset[str], granted_capabilities: frozenset[str]
) -> Iterator[str]:
    if job.status is not JobStatus.RUNNING or job.guard is None:
        return
    approval = job.approval
    approved = approval.capabilities if approval and approval.approved else ()
    if approval and approval.actor == job.source.actor:
        yield f"{approval.actor} approved their own request"
    if not set(job.requested_capabilities) <= set(job.guard.capabilities):
        yield f"it runs without the required {job.guard.refused}"
    named = {standing.capability for standing in job.guard.standing}
    for name in job.guard.capabilities:
        if (
            CAPABILITIES[name].level not in UNAPPROVED_LEVELS
            and name not in approved
            and name not in granted_capabilities
            and name not in standing_capabilities & named
        ):
            yield f"it runs with {name} without an approval"


def only_authorized_callers_change_jobs(observed: ObservedJob) -> Iterator[str]:
    """7. No request reads or changes another workspace's data."""
    if not observed.is_authorized or observed.now.workspace_id != observed.key[0]:
        yield f"it was changed by {observed.now.change.actor} without an authorized request"


def forged_webhooks_create_no_job(observed: ObservedJob) -> Iterator[str]:
    """8. No unsigned, replayed or forged webhook creates a job."""
    if "forged" in observed.now.instructions:
        yield "a forged delivery created it"


def issue_has_one_current_comment(observed: ObservedJob) -> Iterator[str]:
    """10. The issue of a job gets one comment, which never goes back to an older state."""
    if observed.comments_created > 1:
        yield f"{observed.comments_created} comments were created"
    if observed.comment_is_stale:
        yield "a comment shows a wrong or an older state"


def comment_shows_final_state(observed: ObservedJob) -> Iterator[str]:
    """10. At rest, the comment shows the job's state, unless a person deleted it."""
    if not observed.comment_deleted and observed.comment != job_comment(observed.now):
        yield f"the comment is {observed.comment}"


def job_has_ended(observed: ObservedJob) -> Iterator[str]:
    """1. At rest, a job has a terminal status, or waits for an approval."""
    job = observed.now
    if job.status not in ENDED and job.waiting is not Waiting.APPROVAL:
        yield f"it is still {job.status}"


def missing_events_are_marked(observed: ObservedJob) -> Iterator[str]:
    """4. At rest, every version is in the log; or its record is lost, and the log marks the gap."""
    for version in observed.log.missing_versions():
        if version not in observed.log.unrecordable:
            yield f"the log lacks version {version}, which was recordable"
        if version not in observed.log.marked_missing and not observed.log.looks_complete(version):
            yield f"the log lacks version {version} without a gap marker"


# Checked for a job after a version was saved, or after a run was accepted or ended.
ON_VERSION: tuple[Invariant, ...] = (
    accepted_jobs_are_stored,
    past_attempts_are_kept,
    ended_attempts_do_not_change,
    completed_jobs_passed_their_gates,
    commits_are_pushed,
    delivered_results_count,
    jobs_have_the_lowest_role,
    moved_issues_create_no_job,
    guests_run_only_with_an_approval,
    commands_need_a_role,
    running_jobs_are_permitted,
    only_authorized_callers_change_jobs,
    forged_webhooks_create_no_job,
)
ON_RUN: tuple[Invariant, ...] = (attempts_run_once, running_jobs_are_permitted)
ON_EVENT: tuple[Invariant, ...] = (log_matches_versions,)
ON_NOTIFIED_JOB: tuple[Invariant, ...] = (comment_shows_final_state,)
ON_COMMENT: tuple[Invariant, ...] = (issue_has_one_current_comment,)
ON_MESSAGE: tuple[Invariant, ...] = (accepted_jobs_are_stored,)
AT_END: tuple[Invariant, ...] = (accepted_jobs_are_stored, job_has_ended, missing_events_are_marked)
