"""One run of an operation: its input and the calls that it made. The floor makes the same calls with bare
clients.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore import xform_name

from bench.api.call_recorder import CallRecorder, RecordedCall
from bench.api.deployment import Deployment
from bench.api.operations import Operation, Target, job_id_of
from local.functions.worker import Context

CONTEXT = Context("bench", "arn:aws:lambda:us-east-1:123456789012:function:bench", 0, "bench")


@dataclass(frozen=True)
class RecordedOperation:
    """An operation, its input and the calls that it made."""

    operation: Operation
    target: Target
    calls: tuple[RecordedCall, ...]

    def bare(self, target: Target, clients: dict[str, Any]) -> Sequence[Callable[[], Any]]:
        """Returns the same calls on another target, ready to be made by these clients without the handler."""
        return [self._bare(call, target, clients) for call in self.calls]

    def _bare(self, call: RecordedCall, target: Target, clients: dict[str, Any]) -> Callable[[], Any]:
        params = json.dumps({k: v for k, v in call.params.items() if k != "ReturnConsumedCapacity"})
        params = params.replace(self.target.job_id, target.job_id).replace(self.target.key, target.key)
        return partial(getattr(clients[call.service], xform_name(call.operation)), **json.loads(params))


def record_operation(
    operation: Operation, deployment: Deployment, recorder: CallRecorder
) -> RecordedOperation:
    """Runs `operation` once on a warm handler, and returns its calls."""
    deployment.handler(operation.event(operation.target(deployment)), CONTEXT)
    target = operation.target(deployment)
    event = operation.event(target)
    with recorder.recording() as calls:
        response = deployment.handler(event, CONTEXT)
    return RecordedOperation(operation, Target(job_id_of(response, target.job_id), target.key), tuple(calls))
