"""Metrics as log lines in CloudWatch's embedded metric format."""

from __future__ import annotations

from collections import defaultdict

from aws_lambda_powertools.metrics import EphemeralMetrics

from mosaic import clock
from mosaic.base import rfc3339
from mosaic.metrics import NAMESPACE, Measurement

# Lambda treats a line without level and time as INFO, and drops it if the log level is higher.
NEVER_DROPPED = "FATAL"


class EmfMeter:
    """Collects measurements until `flush` writes them; POWERTOOLS_METRICS_DISABLED turns it off.

    The dimension `service` is POWERTOOLS_SERVICE_NAME.
    """

    def __init__(self) -> None:
        self._measurements: defaultdict[tuple[tuple[str, str], ...], list[Measurement]] = defaultdict(list)

    def __call__(self, measurement: Measurement) -> None:
        """Collects one measurement."""
        self._measurements[measurement.dimensions].append(measurement)

    def flush(self) -> None:
        """Writes the measurements since the last call."""
        for dimensions, measurements in self._measurements.items():
            metrics = EphemeralMetrics(namespace=NAMESPACE)
            for name, value in dimensions:
                metrics.add_dimension(name, value)
            for measurement in measurements:
                metrics.add_metric(measurement.metric.value, measurement.unit.value, measurement.value)
            metrics.add_metadata("level", NEVER_DROPPED)
            metrics.add_metadata("timestamp", rfc3339(clock.now()))
            metrics.flush_metrics()
        self._measurements.clear()


def measure_now(measurement: Measurement) -> None:
    """Writes one measurement at once."""
    meter = EmfMeter()
    meter(measurement)
    meter.flush()
