"""The chain of a job's log: what each version says is sealed by a hash over the version before. Pure.

The hash of a version is SHA-256 over the hash before it, a line feed, and the version's events as canonical JSON:
RFC 8785, for values without fractions, which no event has. It is made where the job is saved and is part of the
saved version; whoever records the version's events only copies it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from mosaic.base import rfc3339
from mosaic.events.derive import derive
from mosaic.events.model import Event
from mosaic.jobs.model import Job

_canonical = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), check_circular=False
).encode


def sealed(before: Job | None, job: Job) -> Job:
    """`job` with the hash that its events will carry; `before` is the version before it, None for the first.

    Raises ValueError when the two are not consecutive versions of one job.
    """
    previous = before.chain if before else None
    chain = link(previous, job.workspace_id, job.id, derive(before, job))
    return job.model_copy(update={"chain": chain})


def link(previous: str | None, workspace_id: str, job_id: str, events: Iterable[Event]) -> str:
    """The hash of the version that these are all events of.

    `previous` is the hash of the version before; the first version that has one begins with None.
    """
    start = previous or f"{workspace_id}/{job_id}"
    text = start + "\n" + _canonical([_content(event) for event in events])
    return "sha256:" + sha256(text.encode()).hexdigest()


def _content(event: Event) -> dict[str, Any]:
    """The event as clients get it, but for its hash and what it does not have."""
    content = {
        "id": event.id,
        "jobId": event.job_id,
        "version": event.version,
        "index": event.index,
        "type": event.type,
        "actor": event.actor,
        "timestamp": rfc3339(event.timestamp),
        "payload": event.payload,
    }
    return content if event.step_id is None else {**content, "stepId": event.step_id}
