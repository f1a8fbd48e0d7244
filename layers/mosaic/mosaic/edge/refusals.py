"""Records refused requests: a metric for each, and a log line without secrets for some."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from aws_lambda_powertools import Logger

from mosaic import clock
from mosaic.edge.emf import measure_now
from mosaic.metrics import Measurement, Meter, Metric

logger = Logger(child=True)

# The most lines of a process in a period. A flood of refused requests must not become a flood of lines.
MAX_LINES = 20
PERIOD = timedelta(minutes=1)
SIGNATURE = "bad_signature"


class Refusals:
    """Records the responses with one of these statuses, each by its metric.

    A metric is written twice: in all, for alarms, and with its reason as a dimension.
    """

    def __init__(
        self,
        metrics: Mapping[int, Metric],
        meter: Meter = measure_now,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._metrics = metrics
        self._meter = meter
        self._now = now
        self._since: datetime | None = None
        self._lines = 0
        self._omitted = 0

    def record(self, event: Mapping[str, Any], response: Mapping[str, Any]) -> None:
        """Records the response if it is a refusal."""
        metric = self._metrics.get(response["statusCode"])
        if metric is None:
            return
        reason = _reason(response)
        self._meter(Measurement(metric))
        self._meter(Measurement(metric, reason=reason))
        if self._may_log():
            caller = event.get("requestContext", {}).get("authorizer", {}).get("lambda") or {}
            logger.warning(
                "request refused",
                status=response["statusCode"],
                reason=reason,
                route=event.get("routeKey"),
                workspace_id=caller.get("workspaceId"),
                role=caller.get("role"),
                token_id=caller.get("tokenId"),
                omitted=self._omitted,
            )
            self._omitted = 0

    def _may_log(self) -> bool:
        now = self._now()
        if self._since is None or now - self._since >= PERIOD:
            self._since, self._lines = now, 0
        self._lines += 1
        if self._lines <= MAX_LINES:
            return True
        self._omitted += 1
        return False


def api_refusals(meter: Meter = measure_now) -> Refusals:
    """Returns the recorder of the API's refusals."""
    return Refusals({401: Metric.REQUESTS_UNAUTHENTICATED, 403: Metric.REQUESTS_FORBIDDEN}, meter)


def webhook_refusals(meter: Meter = measure_now) -> Refusals:
    """Returns the recorder of deliveries and callbacks that are not authentic."""
    return Refusals({401: Metric.SIGNATURES_REFUSED}, meter)


def _reason(response: Mapping[str, Any]) -> str:
    """The problem's code; for a signature the reason, which the detail has in words."""
    problem: dict[str, str] = json.loads(response["body"])
    return problem["detail"].replace(" ", "_") if problem["code"] == SIGNATURE else problem["code"]
