"""What can go wrong with a job, in the domain's words; `functions` maps these to problem codes."""

from __future__ import annotations


class JobProblem(Exception):
    """Base of everything a caller can be told about a job."""


class JobNotFound(JobProblem):
    """No such job in this workspace."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f"there is no job {job_id} in this workspace")


class JobExists(JobProblem):
    """A job with this id is already stored."""


class StaleJob(JobProblem):
    """Somebody saved another version of the job first; read it again."""


class IllegalTransition(JobProblem):
    """The job's state forbids what was asked."""

    def __init__(self, verb: str, state: str) -> None:
        self.state = state
        super().__init__(f"a job that is {state} cannot be {verb}")


class InputTooLarge(JobProblem):
    """A part of the job is over its limit; `field` names it."""

    def __init__(self, field: str, limit: int) -> None:
        self.field = field
        super().__init__(f"{field} may hold at most {limit} bytes")


class TooManyAttempts(JobProblem):
    """The job has been tried as often as one job may be; a new job starts afresh."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"a job may be attempted at most {limit} times; create a new one")


class StaleAttempt(JobProblem):
    """What was sent is about an attempt that is not the job's present one."""

    def __init__(self, attempt: int, present: int) -> None:
        super().__init__(f"this is about attempt {attempt}, the job is at attempt {present}")


class TooManySteps(JobProblem):
    """The job holds as many steps as one job may."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"a job may have at most {limit} steps")


class ReservedStep(JobProblem):
    """A run named a step of its own as one of the stitcher's is named."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the step name {name} is the stitcher's own; use another")


class UnknownGate(JobProblem):
    """The job has no such gate."""

    def __init__(self, gate_id: str, known: tuple[str, ...]) -> None:
        named = ", ".join(known) or "none"
        super().__init__(f"the job has no gate {gate_id}; its gates: {named}")


class CommitMismatch(JobProblem):
    """A gate was reported for another commit than the one the job is judged by."""

    def __init__(self, reported: str, expected: str | None) -> None:
        judged = f"the job is judged by {expected}" if expected else "which a newer one took the place of"
        super().__init__(f"the report is for commit {reported}, {judged}")


class StaleReport(JobProblem):
    """The forge has said something newer of the check, or said this before the attempt began."""


class WrongReporter(JobProblem):
    """The gate's reports come from elsewhere."""

    def __init__(self, gate_id: str, reporter: str) -> None:
        super().__init__(f"the gate {gate_id} is reported by {reporter} and by nobody else")


class OwnApproval(JobProblem):
    """Who asked for a job may not approve it."""

    def __init__(self, actor: str) -> None:
        super().__init__(f"{actor} asked for this job; somebody else has to approve it")


class ApprovalRefused(JobProblem):
    """An approval cannot stand for later jobs as it was meant; `field` of the answer says why not."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(f"{field} {message}")
