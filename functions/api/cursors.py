"""Where a page of jobs ended: opaque to clients, bound to the filters of its list. Pure."""

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
    """The cursor behind the job `last_id` in the list of `query`."""
    return _encode(last_id, _filters(query))


def decode(query: JobQuery, cursor: str) -> str:
    """The id of the last job before this page; raises Problem (400) for a cursor that is not of this list."""
    return _decode(cursor, _filters(query), is_job_id)


@dataclass(frozen=True)
class Line:
    """The jobs of a workspace that wait for one thing, in the order of their places."""

    workspace_id: str
    why: Waiting

    def encode(self, place: str) -> str:
        """The cursor behind the job at `place`."""
        return _encode(place, self._filters())

    def decode(self, cursor: str) -> str:
        """The place of the last job before this page; raises Problem (400) for a cursor that is not of this list."""
        return _decode(cursor, self._filters(), _is_place)

    def _filters(self) -> str:
        return _digest(["waiting", self.workspace_id, self.why])


def _is_place(text: str) -> bool:
    urgency, _, job_id = text.partition("#")
    return len(urgency) == 1 and urgency in digits and is_job_id(job_id)


def _encode(last: str, filters: str) -> str:
    text = json.dumps([last, filters], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str, wanted: str, is_one: Callable[[str], bool]) -> str:
    try:
        data = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        last, filters = json.loads(data)
    except (ValueError, TypeError, binascii.Error) as error:
        raise _bad("is not a cursor of this API") from error
    if not isinstance(last, str) or not is_one(last):
        raise _bad("is not a cursor of this API")
    if filters != wanted:
        raise _bad("belongs to a list with other filters; start again without it")
    return last


def _filters(query: JobQuery) -> str:
    """All that decides which jobs are listed; not the types, nor when the list was asked for."""
    asked = {**vars(query), "status": sorted(query.status), "types": None, "asked_at": None}
    for name in CASELESS:
        asked[name] = asked[name] and asked[name].lower()
    return _digest([rfc3339(value) if isinstance(value, datetime) else value for value in asked.values()])


def _digest(asked: list[Any]) -> str:
    return sha256(json.dumps(asked).encode()).hexdigest()[:16]


def _bad(message: str) -> Problem:
    return Problem(400, "bad_cursor", f"the cursor {message}", (FieldError("cursor", message),))
