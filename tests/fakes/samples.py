"""Sample drafts and jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mosaic.clock import new_job_id
from mosaic.jobs import lifecycle
from mosaic.jobs.model import Draft, Job
from mosaic.jobs.value_objects import Source
from tests.fakes.clock import NOON


def draft(**fields: Any) -> Draft:
    """A job without gates, requested by ada over the API."""
    usual: dict[str, Any] = {
        "workspace_id": "demo",
        "type": "git-status",
        "profile": "runner",
        "instructions": "Say what has changed",
        "source": Source(kind="api", actor="token:ada"),
    }
    return Draft(**{**usual, **fields})


def job(at: datetime = NOON, **fields: Any) -> Job:
    """Version 1 of such a job, with a new id."""
    return lifecycle.create(draft(**fields), new_job_id(at), at)
