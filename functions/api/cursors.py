"""Cursors of pages of jobs: opaque to clients and bound to the filters of their list. Pure."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from string import digits
from typing import Any

from mosaic.base import rfc3339
from mosaic.edge.problem import FieldError, Problem
from mosaic.jobs.ids import is_job_id
from mosaic.jobs.job_query import CASELESS, JobQuery
from mosaic.jobs.states import Waiting


def encode(query: JobQuery, last_id: str) -> str:
    """Returns the cursor after the job `last_id` in the list of `query`."""
    return _encode(last_id, _filters(query))


def decode(query: JobQuery, cursor: str) -> str:
    """Returns the id of the last job on the previous page; raises Problem (400) for a cursor of another list."""
    return _decode(cursor, _filters(query), is_job_id)


@dataclass(frozen=True)
class WaitQueueCursor:
    """Cursors of the jobs of a workspace that wait for one reason, sorted by queue position."""

    workspace_id: str
    reason: Waiting

    def encode(self, position: str) -> str:
        """Returns the cursor after the job at the queue position."""
        return _encode(position, self._filters())

    def decode(self, cursor: str) -> str:
        """Returns the position of the last job on the previous page; raises Problem (400) for a cursor of
        another list.
        """
        return _decode(cursor, self._filters(), _is_position)

    def _filters(self) -> str:
        return _digest(["waiting", self.workspace_id, self.reason])


def _is_position(text: str) -> bool:
    urgency, _, job_id = text.partition("#")
    return len(urgency) == 1 and urgency in digits and is_job_id(job_id)


def _encode(last: str, filters: str) -> str:
    text = json.dumps([last, filters], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str, expected: str, is_valid: Callable[[str], bool]) -> str:
    try:
        data = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        last, filters = json.loads(data)
    except (ValueError, TypeError, binascii.Error) as error:
        raise bad_cursor("is not a cursor of this API") from error
    if not isinstance(last, str) or not is_valid(last):
        raise bad_cursor("is not a cursor of this API")
    if filters != expected:
        raise bad_cursor("belongs to a list with other filters; request the first page")
    return last


def _filters(query: JobQuery) -> str:
    """A digest of the filters that select jobs, without types and the time of the request."""
    filters = {**vars(query), "status": sorted(query.status), "types": None, "as_of": None}
    for name in CASELESS:
        filters[name] = filters[name] and filters[name].lower()
    return _digest([rfc3339(value) if isinstance(value, datetime) else value for value in filters.values()])


def _digest(values: list[Any]) -> str:
    return sha256(json.dumps(values).encode()).hexdigest()[:16]


def bad_cursor(message: str) -> Problem:
    """Returns the problem of a cursor that cannot be used."""
    return Problem(400, "bad_cursor", f"the cursor {message}", (FieldError("cursor", message),))
