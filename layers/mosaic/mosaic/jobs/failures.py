"""All failures of jobs: code, title and remedy. Pure. Every failed job can be retried."""

from __future__ import annotations

from dataclasses import dataclass

from mosaic.jobs.value_objects import JobError


@dataclass(frozen=True)
class Failure:
    """The texts of a failure. `title` is a format string for the values given to `failed`.

    A `transient` failure may succeed when the unchanged attempt is repeated. If a failure is not `retryable`,
    a retry fails in the same way until something else has changed, whatever its instructions.
    """

    title: str
    remedy: str
    transient: bool = False
    retryable: bool = True


FAILURES: dict[str, Failure] = {
    "denied": Failure(
        "The guard rails denied the job ({policies})",
        "Request fewer capabilities, use another profile, or have an admin grant them.",
        retryable=False,
    ),
    "unknown_type": Failure(
        "The workspace has no job type {type}",
        "Add the job type to the workspace and retry, or create a job of another type.",
        retryable=False,
    ),
    "repository_not_connected": Failure(
        "The workspace has no active connection to {repository}",
        "Have an admin connect the repository, then retry the job.",
        retryable=False,
    ),
    "budget_exhausted": Failure(
        "The workspace's budget for {day} is exhausted: {spent}; the next budget starts at {opens}",
        "Retry the job when the next budget starts, or have an admin raise the workspace's dailyBudget.",
    ),
    "approval_denied": Failure(
        "{actor} denied the approval that the job needed",
        "Contact the approver, then retry the job or request fewer capabilities.",
        retryable=False,
    ),
    "approval_expired": Failure(
        "The approval expired without an answer",
        "Retry the job and have an admin approve it.",
    ),
    "gateway_unavailable": Failure(
        "The OpenClaw gateway could not be reached in {tries} tries: {detail}",
        "Check that the gateway runs and that its URL and token are correct, then retry the job.",
        transient=True,
    ),
    "gateway_away": Failure(
        "The OpenClaw gateway has not worked for {hours} hours: {detail}",
        "Check that the gateway runs and that its URL and token are correct, then retry the job.",
    ),
    "gateway_refused": Failure(
        "The OpenClaw gateway refused the run: {detail}",
        "Check the gateway's token and its agent for the job's profile, then retry the job.",
        retryable=False,
    ),
    "run_failed": Failure(
        "The agent's run failed: {detail}",
        "Read the run's output; retry the job, with changed instructions if they were the cause.",
        transient=True,
    ),
    "run_lost": Failure(
        "The OpenClaw gateway lost the run that it had accepted",
        "Check whether the gateway lost its state, then retry the job.",
        transient=True,
    ),
    "no_tools": Failure(
        "The gateway's agent has none of the granted tools: {detail}",
        "Allow these tools for the gateway's agent of the profile, or grant other capabilities, then retry the job.",
        retryable=False,
    ),
    "tools_unlimited": Failure(
        "The gateway offers hooks only and cannot restrict the agent {agent}: it has {tools}",
        "Let the gateway's agent for the profile use no other tools than the guard rails grant, and say so in the "
        "deployment's OpenClawHooksTools; or let the gateway offer its admin RPC.",
        retryable=False,
    ),
    "run_unknown": Failure(
        "The gateway offers hooks only, and the run did not report its end within {seconds} seconds",
        "Check the run's work before you retry the job: it may be done or still running. Use gates to validate it.",
    ),
    "timeout": Failure(
        "The run timed out after {seconds} seconds; {stop}",
        "Retry with a larger timeoutSeconds or a smaller task.",
    ),
    "gate_failed": Failure(
        "Gates not passed: {gates}",
        "Read the reports of these gates, then retry the job with instructions to fix them.",
    ),
    "gate_timeout": Failure(
        "Gates not reported in time: {gates}",
        "Check that the CI runs on the job's commit and reports these gates, then retry the job.",
    ),
    "commit_not_pushed": Failure(
        "No push to the branch {branch} named {commit}",
        "Let the agent push its commits to this branch and subscribe the repository's webhook to pushes, then retry "
        "the job; or have an admin set the workspace's requirePush to false.",
    ),
    "empty_result": Failure(
        "The agent's run ended without a reply, and the job has no gates that could validate its work",
        "Read the run's log at the gateway; retry the job, with changed instructions if they were the cause.",
        transient=True,
    ),
    "dead_lettered": Failure(
        "The stitcher could not process the job in {tries} tries",
        "Have the operator read the stitcher's log, then redrive or retry the job.",
    ),
}


def failed(code: str, **values: object) -> JobError:
    """Returns the error to store in the job. Raises KeyError for an unknown code or a missing value."""
    failure = FAILURES[code]
    return JobError(
        code=code, title=failure.title.format(**values), remedy=failure.remedy, retryable=failure.retryable
    )
