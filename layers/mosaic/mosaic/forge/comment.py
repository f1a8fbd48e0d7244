"""The bot's comment on an issue: one comment for each job, with its current status. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mosaic.jobs.lifecycle import CANCELLABLE, RETRYABLE
from mosaic.jobs.model import Job
from mosaic.jobs.next_action import sentence
from mosaic.jobs.states import JobStatus, Phase, Waiting
from mosaic.jobs.text import cut

MAX_QUOTED = 2048

_ANSWER = "An admin answers by mentioning the bot with `approve {code}` or `deny {code}` and a reason."
_CANCEL = "Mention the bot with `cancel {code}` to stop it."
_RETRY = "Mention the bot with `retry {code}` to try it again; text behind that replaces the instructions."

_NOT_SHOWN = "The {text} of the agent is not shown here, because nobody approved this job of a guest."
# The failures whose titles hold words of the agent or of its run.
_WITH_AGENT_TEXT = frozenset({"run_failed", "no_tools"})

_MARKUP = re.compile(r"[\\`*_~\[\]<>|]")
_REFERENCE = re.compile(r"[@#]")


def marker(job_id: str) -> str:
    """Returns the invisible first line of a job's comment, by which the bot finds it again."""
    return f"<!-- mosaic:{job_id} -->"


def comment(job: Job, text_hash: str | None = None) -> str:
    """Returns the comment in Markdown. Texts of agents and gateways are quoted, without mentions and links.

    `text_hash` is the hash of the text that the agent will get, shown while the job waits for an approval.
    """
    return "\n\n".join([marker(job.id), *_paragraphs(job, text_hash)]) + "\n"


def _paragraphs(job: Job, text_hash: str | None) -> Iterator[str]:
    attempt = f", attempt {job.attempt}" if job.attempt > 1 else ""
    commit = f" on `{job.commit_sha}`" if job.phase is Phase.VALIDATION and job.commit_sha else ""
    yield f"**Job `{job.id}`** (`{job.type}`{attempt}) is **{job.status}**{commit}. Its code is `{job.command_code}`."
    if job.gates:
        yield "\n".join(f"- `{gate.id}`: {gate.status}" for gate in job.gates)
    if job.error and job.status is JobStatus.FAILED:
        is_shown = job.error.code not in _WITH_AGENT_TEXT or _may_be_public(job)
        yield quoted(job.error.title) if is_shown else _NOT_SHOWN.format(text="error")
    if job.result and job.result.summary and job.status is JobStatus.COMPLETED:
        yield quoted(job.result.summary) if _may_be_public(job) else _NOT_SHOWN.format(text="reply")
    if job.waiting is Waiting.APPROVAL and text_hash:
        yield f"The text for the agent has the hash `{text_hash}`."
    yield " ".join([f"Next: {escaped(sentence(job.next))}.", *_hints(job)])


def _may_be_public(job: Job) -> bool:
    """False if nobody approved that an agent works for a guest: its texts could hold what the guest may not see."""
    return job.source.role != "guest" or (job.approval is not None and job.approval.approved)


def _hints(job: Job) -> Iterator[str]:
    """The commands that apply to the job."""
    if job.waiting is Waiting.APPROVAL:
        yield _ANSWER.format(code=job.command_code)
    if job.status in CANCELLABLE:
        yield _CANCEL.format(code=job.command_code)
    if job.status in RETRYABLE:
        yield _RETRY.format(code=job.command_code)


def escaped(text: str) -> str:
    """Returns `text` escaped for Markdown, without markup, mentions or issue links."""
    return _REFERENCE.sub("\\g<0>\u200b", _MARKUP.sub(r"\\\g<0>", text))


def quoted(text: str) -> str:
    """Returns `text` as a code block that its content cannot end, without mentions."""
    content = cut(text, MAX_QUOTED).replace("@", "@\u200b")
    longest = max((len(run) for run in re.findall(r"`+", content)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{content}\n{fence}"
