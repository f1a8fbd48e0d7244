"""What the bot says on an issue about its job: one comment, which says how the job stands now. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mosaic.jobs.lifecycle import CANCELLABLE, RETRYABLE
from mosaic.jobs.model import Job
from mosaic.jobs.next_action import sentence
from mosaic.jobs.states import JobStatus, Phase, Waiting
from mosaic.jobs.text import cut

MAX_QUOTED = 2048

_ANSWER = "An admin answers by mentioning the bot with `approve` or `deny` and a reason."
_CANCEL = "Mention the bot with `cancel` to stop it."
_RETRY = "Mention the bot with `retry` to try it again."

_MARKUP = re.compile(r"[\\`*_~\[\]<>|]")
_REFERENCE = re.compile(r"[@#]")


def marker(job_id: str) -> str:
    """How the comment of a job begins, by which it is found again; nobody sees it."""
    return f"<!-- mosaic:{job_id} -->"


def comment(job: Job) -> str:
    """The comment in Markdown. What an agent or a gateway said is quoted, and calls and links nobody."""
    return "\n\n".join([marker(job.id), *_said(job)]) + "\n"


def _said(job: Job) -> Iterator[str]:
    attempt = f", attempt {job.attempt}" if job.attempt > 1 else ""
    commit = f" on `{job.commit_sha}`" if job.phase is Phase.VALIDATION and job.commit_sha else ""
    yield f"**Job `{job.id}`** (`{job.type}`{attempt}) is **{job.status}**{commit}."
    if job.gates:
        yield "\n".join(f"- `{gate.id}`: {gate.status}" for gate in job.gates)
    if job.error and job.status is JobStatus.FAILED:
        yield quoted(job.error.title)
    if job.result and job.result.summary and job.status is JobStatus.COMPLETED:
        yield quoted(job.result.summary)
    yield " ".join([f"Next: {escaped(sentence(job.next))}.", *_hints(job)])


def _hints(job: Job) -> Iterator[str]:
    """What can be said to the bot about the job."""
    if job.waiting is Waiting.APPROVAL:
        yield _ANSWER
    if job.status in CANCELLABLE:
        yield _CANCEL
    if job.status in RETRYABLE:
        yield _RETRY


def escaped(text: str) -> str:
    """`text` as Markdown that reads as it is written: no markup, and nobody is called nor any issue linked."""
    return _REFERENCE.sub("\\g<0>\u200b", _MARKUP.sub(r"\\\g<0>", text))


def quoted(text: str) -> str:
    """`text` as a block of code that nothing in it can end, with every name that would call somebody broken."""
    shown = cut(text, MAX_QUOTED).replace("@", "@\u200b")
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{shown}\n{fence}"
