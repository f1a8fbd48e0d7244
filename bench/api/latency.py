"""The time of each operation in the handler, against the same calls by bare clients in the same process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from time import perf_counter, process_time
from typing import Any

from bench import markdown
from bench.api.canned_responses import CannedResponses
from bench.api.deployment import Deployment
from bench.api.operations import Target, job_id_of
from bench.api.recorded_operation import CONTEXT, RecordedOperation

HEAD = ("operation", "p50 ms", "p99 ms", "floor p50", "floor p99", "p50 / floor", "p50 over floor, ms")
WARM_UP = 10


@dataclass
class Times:
    """Milliseconds of every repetition."""

    handler: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)


class LatencyMeasurement:
    """Measures the handler and its floor over a database, or over the recorded responses of one."""

    def __init__(self, deployment: Deployment, canned: CannedResponses | None) -> None:
        self._deployment = deployment
        self._canned = canned
        # Without a database nothing waits, so processor time is enough; other programs on the machine do not
        # count.
        self._clock = process_time if canned else perf_counter

    def run(self, recording: RecordedOperation, repetitions: int) -> Times:
        """Measures both `repetitions` times, in alternating order."""
        times = Times()
        for number in range(-WARM_UP, repetitions):
            both = [(self._handler, times.handler), (self._floor, times.floor)]
            for measure, durations in both if number % 2 else reversed(both):
                milliseconds = measure(recording)
                if number >= 0:
                    durations.append(milliseconds)
        return times

    def _handler(self, recording: RecordedOperation) -> float:
        event = recording.operation.event(self._target(recording))
        milliseconds, response = self._timed(lambda: self._deployment.handler(event, CONTEXT))
        job_id_of(response, "")
        return milliseconds

    def _floor(self, recording: RecordedOperation) -> float:
        calls = recording.bare(self._target(recording), self._deployment.clients)
        return self._timed(lambda: [call() for call in calls])[0]

    def _timed(self, run: Callable[[], Any]) -> tuple[float, Any]:
        started = self._clock()
        result = run()
        return (self._clock() - started) * 1000, result

    def _target(self, recording: RecordedOperation) -> Target:
        if self._canned is None:
            return recording.operation.target(self._deployment)
        self._canned.replay(recording.calls)
        return recording.target


def latency_table(
    recordings: Sequence[RecordedOperation], measurement: LatencyMeasurement, repetitions: int
) -> str:
    """Returns a table with a row for each operation."""
    return markdown.table(
        HEAD, [_row(recording, measurement.run(recording, repetitions)) for recording in recordings]
    )


def _row(recording: RecordedOperation, times: Times) -> tuple[object, ...]:
    handler, floor = median(times.handler), median(times.floor)
    return (
        recording.operation.name,
        f"{handler:.2f}",
        f"{_p99(times.handler):.2f}",
        f"{floor:.2f}",
        f"{_p99(times.floor):.2f}",
        f"{handler / floor:.2f}",
        f"{handler - floor:.2f}",
    )


def _p99(values: Sequence[float]) -> float:
    return quantiles(values, n=100)[98]
