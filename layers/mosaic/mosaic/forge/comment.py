"""What the bot says on an issue about its job: one comment, which says how the job stands now. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mosaic.base import rfc3339
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Phase, Waiting
from mosaic.jobs.text import cut

MAX_QUOTED = 2048

_NEXT = {
    JobStatus.PENDING: "It waits. Mention the bot with `cancel` if it is not wanted any more.",
    JobStatus.QUEUED: "The stitcher takes it up by itself. Mention the bot with `cancel` to stop it.",
    JobStatus.RUNNING: "The agent is at work. Mention the bot with `cancel` to stop it.",
    JobStatus.COMPLETED: "Look at what it made.",
    JobStatus.CANCELLED: "Mention the bot with `retry` to try it again.",
}


def marker(job_id: str) -> str:
    """How the comment of a job begins, by which it is found again; nobody sees it."""
    return f"<!-- mosaic:{job_id} -->"


def comment(job: Job) -> str:
    """The comment in Markdown. What an agent or a gateway said is quoted, and calls and links nobody."""
    return "\n\n".join([marker(job.id), *_said(job)]) + "\n"


def _said(job: Job) -> Iterator[str]:
    attempt = f", attempt {job.attempt}" if job.attempt > 1 else ""
    yield f"**Job `{job.id}`** (`{job.type}`{attempt}) is **{job.status}**{_detail(job)}."
    if job.gates:
        yield "\n".join(f"- `{gate.id}`: {gate.status}" for gate in job.gates)
    if job.error and job.status is JobStatus.FAILED:
        yield quoted(job.error.title)
    if job.result and job.result.summary and job.status is JobStatus.COMPLETED:
        yield quoted(job.result.summary)
    yield f"Next: {_next(job)}"


def _detail(job: Job) -> str:
    if job.status is JobStatus.PENDING and job.waiting:
        until = f" until {rfc3339(job.run_at)}" if job.waiting is Waiting.DELAY and job.run_at else ""
        return f": it waits for {_WAITS_FOR.get(job.waiting, job.waiting)}{until}"
    if job.phase is Phase.VALIDATION:
        return ": its gates have to report" + (f" on `{job.commit_sha}`" if job.commit_sha else "")
    return ""


_WAITS_FOR = {Waiting.DELAY: "its time", Waiting.APPROVAL: "an approval"}


def _next(job: Job) -> str:
    if job.waiting is Waiting.APPROVAL:
        refused = ", ".join(f"`{name}`" for name in (job.guard.refused if job.guard else ()))
        return (
            f"it asks for {refused or 'more than is granted'}. An admin answers by mentioning the bot with "
            "`approve` or `deny` and a reason."
        )
    if job.status is JobStatus.FAILED and job.error:
        return f"{job.error.remedy} Mention the bot with `retry` to try it again."
    if job.phase is Phase.VALIDATION:
        return "nothing, if the gates are reported by CI."
    return _NEXT.get(job.status, "")


def quoted(text: str) -> str:
    """`text` as a block of code that nothing in it can end, with every name that would call somebody broken."""
    shown = cut(text, MAX_QUOTED).replace("@", "@\u200b")
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{shown}\n{fence}"
