"""EventBridge rules with a rate."""

import json
import re
import threading
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from local.cloud.moto import ACCOUNT_ID, REGION
from local.errors import FunctionError, LocalError
from local.functions.function_pools import Functions
from local.triggers.batch import require_known

Json = dict[str, Any]

_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}
_KNOWN_RULE = {"Description", "Name", "ScheduleExpression", "State", "Targets"}
_KNOWN_TARGET = {"Arn", "Id", "Input", "RetryPolicy", "DeadLetterConfig"}


def period_seconds(expression: str) -> int:
    """Returns the period of `rate(5 minutes)`; raises LocalError for any other kind of schedule."""
    match = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
    if match is None or int(match[1]) == 0:
        raise LocalError(f"schedule {expression} does not run locally, only rate(…)")
    return int(match[1]) * _SECONDS[match[2]]


class Schedule:
    """Invokes a rule's functions once a period, the first time after one period.

    EventBridge retries a failed invocation twice; here the next period retries it.
    """

    def __init__(
        self,
        logical_id: str,
        name: str,
        rule: Mapping[str, Any],
        functions: Functions,
        stopping: threading.Event,
    ):
        """Reads a resolved rule; raises LocalError for unsupported settings."""
        require_known(logical_id, rule, _KNOWN_RULE)
        self._period = period_seconds(rule["ScheduleExpression"])
        self._targets = list(rule["Targets"])
        for target in self._targets:
            require_known(logical_id, target, _KNOWN_TARGET)
        self._arn = f"arn:aws:events:{REGION}:{ACCOUNT_ID}:rule/{name}"
        self._functions = functions
        self._stopping = stopping

    def step(self) -> None:
        """Waits for the next period and fires."""
        if not self._stopping.wait(self._period):
            self.fire(datetime.now(UTC))

    def fire(self, now: datetime) -> None:
        """Invokes each target; a failing target does not affect the others."""
        for target in self._targets:
            event = json.loads(target["Input"]) if "Input" in target else self._event(now)
            try:
                self._functions.invoke(target["Arn"], event)
            except FunctionError:
                continue  # already logged by the function's pool

    def _event(self, now: datetime) -> Json:
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": ACCOUNT_ID,
            "time": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": REGION,
            "resources": [self._arn],
            "detail": {},
        }
