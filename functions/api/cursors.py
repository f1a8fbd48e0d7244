"""Where a page of jobs ended: opaque to clients, bound to the filters of its list. Pure."""

from __future__ import annotations

import base64
import binascii
import json
from hashlib import sha256

from api.ids import is_job_id
from mosaic.edge.problem import FieldError, Problem
from mosaic.jobs.store import JobQuery


def encode(query: JobQuery, last_id: str) -> str:
    """The cursor behind the job `last_id` in the list of `query`."""
    text = json.dumps([last_id, _filters(query)], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(query: JobQuery, cursor: str) -> str:
    """The id of the last job before this page; raises Problem (400) for a cursor that is not of this list."""
    try:
        data = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        last_id, filters = json.loads(data)
    except (ValueError, TypeError, binascii.Error) as error:
        raise _bad("is not a cursor of this API") from error
    if not isinstance(last_id, str) or not is_job_id(last_id):
        raise _bad("is not a cursor of this API")
    if filters != _filters(query):
        raise _bad("belongs to a list with other filters; start again without it")
    return last_id


def _filters(query: JobQuery) -> str:
    asked = [query.workspace_id, sorted(query.status), query.type, query.agent_task_id]
    return sha256(json.dumps(asked).encode()).hexdigest()[:16]


def _bad(message: str) -> Problem:
    return Problem(400, "bad_cursor", f"the cursor {message}", (FieldError("cursor", message),))
