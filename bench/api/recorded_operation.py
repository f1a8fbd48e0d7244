"""One run of an operation: its subject and the calls that it made. The floor makes the same calls, bare."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore import xform_name

from bench.api.call_recorder import Call, Tape
from bench.api.deployment import Deployment
from bench.api.operations import Operation, Subject, job_in
from local.functions.worker import Context

CONTEXT = Context("bench", "arn:aws:lambda:us-east-1:123456789012:function:bench", 0, "bench")


@dataclass(frozen=True)
class Recording:
    """What an operation did to its subject."""

    operation: Operation
    subject: Subject
    calls: tuple[Call, ...]

    def bare(self, subject: Subject, clients: dict[str, Any]) -> Sequence[Callable[[], Any]]:
        """The same calls upon another subject, without the handler around them, ready to be made."""
        return [self._bare(call, subject, clients) for call in self.calls]

    def _bare(self, call: Call, subject: Subject, clients: dict[str, Any]) -> Callable[[], Any]:
        text = json.dumps({k: v for k, v in call.params.items() if k != "ReturnConsumedCapacity"})
        text = text.replace(self.subject.job_id, subject.job_id).replace(self.subject.key, subject.key)
        return partial(getattr(clients[call.service], xform_name(call.operation)), **json.loads(text))


def record(operation: Operation, at: Deployment, tape: Tape) -> Recording:
    """Run `operation` once on a warm handler."""
    at.handler(operation.event(operation.subject(at)), CONTEXT)
    subject = operation.subject(at)
    event = operation.event(subject)
    with tape.recording() as calls:
        response = at.handler(event, CONTEXT)
    return Recording(operation, Subject(job_in(response, subject.job_id), subject.key), tuple(calls))
