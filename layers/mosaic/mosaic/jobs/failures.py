"""Every way in which a job can fail: code, title, remedy, and whether a retry can help. Pure."""

from __future__ import annotations

from mosaic.jobs.model import JobError

# What may pass by itself: another attempt, unchanged, can succeed.
TRANSIENT = frozenset({"gateway_unavailable", "run_failed", "run_lost"})


def denied(policies: tuple[str, ...]) -> JobError:
    """The guard rails refused; `policies` are the deciding ones."""
    return JobError(
        code="denied",
        title=f"The guard rails denied the job ({', '.join(policies)})",
        remedy="Ask for fewer capabilities, use another profile, or have an admin grant them.",
        retryable=True,
    )


def unknown_type(type: str) -> JobError:
    """The workspace no longer has the job's type."""
    return JobError(
        code="unknown_type",
        title=f"The workspace has no job type {type}",
        remedy="Give the workspace this job type again and retry, or create a job of another type.",
        retryable=True,
    )


def approval_denied(actor: str) -> JobError:
    """A named person said no."""
    return JobError(
        code="approval_denied",
        title=f"{actor} denied the approval that the job needed",
        remedy="Talk to the person who denied it, then retry or ask for fewer capabilities.",
        retryable=True,
    )


def approval_expired() -> JobError:
    """Nobody answered in time."""
    return JobError(
        code="approval_expired",
        title="Nobody approved the job in time",
        remedy="Retry the job and have an admin approve it.",
        retryable=True,
    )


def gateway_unavailable(tries: int, detail: str) -> JobError:
    """The gateway could not be reached in the allowed number of tries."""
    return JobError(
        code="gateway_unavailable",
        title=f"The OpenClaw gateway could not be reached in {tries} tries: {detail}",
        remedy="Check that the gateway runs and that its URL and token are right, then retry the job.",
        retryable=True,
    )


def gateway_refused(detail: str) -> JobError:
    """The gateway answered that it will not run this."""
    return JobError(
        code="gateway_refused",
        title=f"The OpenClaw gateway refused the run: {detail}",
        remedy="Check the gateway's token and its agent for the job's profile, then retry the job.",
        retryable=True,
    )


def run_failed(detail: str) -> JobError:
    """The agent's run ended in an error."""
    return JobError(
        code="run_failed",
        title=f"The agent's run failed: {detail}",
        remedy="Read the run's output; retry the job, with changed instructions if they were the cause.",
        retryable=True,
    )


def run_lost() -> JobError:
    """The gateway forgot a run that it had accepted."""
    return JobError(
        code="run_lost",
        title="The OpenClaw gateway no longer knows the run that it had accepted",
        remedy="Check whether the gateway lost its state, then retry the job.",
        retryable=True,
    )


def timeout(seconds: int) -> JobError:
    """The run outlived its time."""
    return JobError(
        code="timeout",
        title=f"The run was not done within {seconds} seconds and was stopped",
        remedy="Retry with a larger timeoutSeconds or a smaller task.",
        retryable=True,
    )


def gate_failed(gates: tuple[str, ...]) -> JobError:
    """What had to be proven was disproven."""
    return JobError(
        code="gate_failed",
        title=f"Gates not passed: {', '.join(gates)}",
        remedy="Read the reports of these gates, then retry the job with instructions to mend them.",
        retryable=True,
    )


def gate_timeout(gates: tuple[str, ...]) -> JobError:
    """What had to be proven was not reported in time."""
    return JobError(
        code="gate_timeout",
        title=f"Gates not reported in time: {', '.join(gates)}",
        remedy="Check that the CI runs on the job's commit and reports these gates, then retry the job.",
        retryable=True,
    )
