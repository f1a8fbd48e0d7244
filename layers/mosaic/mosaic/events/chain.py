"""The hash chain of a job's log. Pure.

The hash of a version is SHA-256 over the previous hash, a line feed, and the version's events as canonical
JSON (RFC 8785; events contain no fractions). The job store computes it and saves it with the version. The
recorder copies it.
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


def with_hash(before: Job | None, job: Job) -> Job:
    """Returns the job with the hash that its events carry. `before` is the previous version, None for the
    first.

    Raises ValueError unless the two are consecutive versions of one job.
    """
    previous = before.version_hash if before else None
    chain = link(previous, job.workspace_id, job.id, derive(before, job))
    return job.model_copy(update={"version_hash": chain})


def link(previous: str | None, workspace_id: str, job_id: str, events: Iterable[Event]) -> str:
    """Returns the hash of a version, given all its events.

    `previous` is the hash of the previous version; None for the first version with a hash.
    """
    start = previous or f"{workspace_id}/{job_id}"
    text = start + "\n" + _canonical([_content(event) for event in events])
    return "sha256:" + sha256(text.encode()).hexdigest()


def _content(event: Event) -> dict[str, Any]:
    """Returns the event as the API shows it, without its hash and absent fields."""
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
