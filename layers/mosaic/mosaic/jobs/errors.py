"""Errors of the job domain. `functions` maps them to problem codes."""

from __future__ import annotations


class JobProblem(Exception):
    """Base of all errors about a job that a caller may see."""


class TooManyJobs(Exception):
    """More jobs than allowed would have to be read."""

    def __init__(self, most: int) -> None:
        super().__init__(f"more than {most} jobs would have to be read")


class JobNotFound(JobProblem):
    """The workspace has no such job."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f"there is no job {job_id} in this workspace")


class JobExists(JobProblem):
    """A job with this id is already stored."""


class RequestRefused(JobProblem):
    """A request made on an issue is refused. The message is shown on the issue: it says why, and what to do.

    A service that refuses requests for a reason of its own raises a subclass.
    """


class QuotaReached(RequestRefused):
    """The actor or the issue has as many open jobs as the workspace's `setting` allows."""

    def __init__(self, subject: str, limit: int, setting: str) -> None:
        jobs = "1 job that has" if limit == 1 else f"{limit} jobs that have"
        super().__init__(
            f"{subject} {jobs} not ended, the limit of {setting}; wait for one to end or cancel it"
        )


class StaleJob(JobProblem):
    """Another version of the job was saved first. Read the job again."""


class IllegalTransition(JobProblem):
    """The job's status does not allow the request."""

    def __init__(self, verb: str, state: str) -> None:
        self.state = state
        super().__init__(f"a job that is {state} cannot be {verb}")


class InputTooLarge(JobProblem):
    """A field of the job exceeds its limit; `field` names it."""

    def __init__(self, field: str, limit: int) -> None:
        self.field = field
        super().__init__(f"{field} may hold at most {limit} bytes")


class TooManyAttempts(JobProblem):
    """The job has reached the maximum number of attempts."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"a job may be attempted at most {limit} times; create a new one")


class StaleAttempt(JobProblem):
    """The request is about an attempt that is not the current one."""

    def __init__(self, attempt: int, present: int) -> None:
        super().__init__(f"the request is about attempt {attempt}, but the job is at attempt {present}")


class StaleText(JobProblem):
    """The answer is about another text than the agent would get now."""

    def __init__(self, given: str, present: str | None) -> None:
        now = f"the text with the hash {present}" if present else "no text yet"
        super().__init__(f"the answer is about the text with the hash {given}, but the agent would get {now}")


class TooManySteps(JobProblem):
    """The job has reached the maximum number of steps."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"a job may have at most {limit} steps")


class ReservedStep(JobProblem):
    """A run reported a step under a name that is reserved for Mosaic."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the step name {name} is reserved; use another")


class UnknownGate(JobProblem):
    """The job has no such gate."""

    def __init__(self, gate_id: str, known: tuple[str, ...]) -> None:
        named = ", ".join(known) or "none"
        super().__init__(f"the job has no gate {gate_id}; its gates: {named}")


class CommitMismatch(JobProblem):
    """The report is on another commit than the one the job is validated against."""

    def __init__(self, reported: str, expected: str | None) -> None:
        reason = f"the job is validated against {expected}" if expected else "which a newer commit replaced"
        super().__init__(f"the report is for commit {reported}, {reason}")


class CommitNotPushed(CommitMismatch):
    """The workspace requires a push, and no push to the job's branch has named the commit."""

    def __init__(self, sha: str, branch: str) -> None:
        JobProblem.__init__(
            self, f"no push to {branch} has named commit {sha}; leave out the commit, or push it first"
        )


class StaleReport(JobProblem):
    """The forge has reported something newer on the check, or made this report before the attempt started."""


class WrongReporter(JobProblem):
    """The gate does not accept reports from this reporter."""

    def __init__(self, gate_id: str, reporter: str) -> None:
        super().__init__(f"the gate {gate_id} takes reports from {reporter} only")


class ReportForbidden(JobProblem):
    """The reporter's token does not cover the gate or the job."""


class OwnApproval(JobProblem):
    """The approver requested the job, or a requester created the approver's token."""

    def __init__(self, actor: str, creators: tuple[str, ...] = ()) -> None:
        super().__init__(f"{_requested(actor, creators)}; another admin has to approve it")


class OwnOverride(JobProblem):
    """The admin requested the job, or a requester created the admin's token."""

    def __init__(self, actor: str, creators: tuple[str, ...] = ()) -> None:
        super().__init__(f"{_requested(actor, creators)}; another admin has to override its gate")


def _requested(actor: str, creators: tuple[str, ...]) -> str:
    created = f", or {' or '.join(creators)}, which created its token," if creators else ""
    return f"{actor}{created} requested this job"


class ApprovalRefused(JobProblem):
    """The standing approval is not possible; `field` names the part of the answer that is wrong."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(f"{field} {message}")
