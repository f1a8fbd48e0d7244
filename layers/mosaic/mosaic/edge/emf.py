"""Metrics as lines of the log in CloudWatch's embedded metric format."""

from __future__ import annotations

from collections import defaultdict

from aws_lambda_powertools.metrics import EphemeralMetrics

from mosaic import clock
from mosaic.base import rfc3339
from mosaic.metrics import NAMESPACE, Measurement

# Lambda takes a line without a level and a time for INFO, and drops it where a higher level is asked for.
NEVER_DROPPED = "FATAL"


class EmfMeter:
    """Keeps what is measured until `flush`, which writes it; nothing where POWERTOOLS_METRICS_DISABLED is set.

    The dimension `service` is what POWERTOOLS_SERVICE_NAME says.
    """

    def __init__(self) -> None:
        self._kept: defaultdict[str | None, list[Measurement]] = defaultdict(list)

    def __call__(self, measured: Measurement) -> None:
        """Take one value."""
        self._kept[measured.currency].append(measured)

    def flush(self) -> None:
        """Write what was measured since the last time, if anything was."""
        for currency, kept in self._kept.items():
            metrics = EphemeralMetrics(namespace=NAMESPACE)
            if currency is not None:
                metrics.add_dimension("currency", currency)
            for one in kept:
                metrics.add_metric(one.metric.value, one.unit.value, one.value)
            metrics.add_metadata("level", NEVER_DROPPED)
            metrics.add_metadata("timestamp", rfc3339(clock.now()))
            metrics.flush_metrics()
        self._kept.clear()
