"""`python -m bench.api`: measure the API's requests, capacity and time; see `make bench-api`.

The benchmark runs on the DynamoDB that AWS_ENDPOINT_URL_DYNAMODB names. Without that variable, it counts
requests over moto and takes times over recorded responses, so that they are processor time only. SQS is
always answered in this process.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from contextlib import nullcontext

from moto import mock_aws
from pydantic import Field
from pydantic_settings import BaseSettings

from bench.api.call_recorder import CallRecorder, botocore_hooks
from bench.api.canned_responses import CannedResponses
from bench.api.deployment import deployed
from bench.api.latency import LatencyMeasurement, latency_table
from bench.api.list_costs import list_cost_table
from bench.api.operations import operations
from bench.api.recorded_operation import RecordedOperation, record_operation
from bench.api.request_costs import costs

ELSEWHERE = "AWS_ENDPOINT_URL_DYNAMODB"


class Settings(BaseSettings):
    """The variables REPETITIONS, and SIZES: numbers of jobs, separated by commas."""

    repetitions: int = Field(default=200, ge=2)
    sizes: str = Field(default="", pattern=r"^([0-9]+(,[0-9]+)*)?$")

    def of(self, *, real: bool) -> Sequence[int]:
        """Returns the sizes in ascending order; the default is larger on a real database."""
        usual = "100,1000,10000" if real else "100,1000"
        return sorted(int(size) for size in (self.sizes or usual).split(","))


def main() -> None:
    """Measure, and print the tables."""
    settings, real, recorder, canned = Settings(), ELSEWHERE in os.environ, CallRecorder(), CannedResponses()
    _print(_setting(real))
    with botocore_hooks(recorder.hooks, canned.hooks):
        with nullcontext() if real else mock_aws(), deployed() as deployment:
            recordings = [
                record_operation(operation, deployment, recorder) for operation in operations(deployment)
            ]
            _print("## Requests and capacity of each operation", costs(recordings, units_are_real=real))
            sizes = settings.of(real=real)
            _print(
                "## A page of 25 jobs against the table's size",
                list_cost_table(deployment, recorder, sizes, units_are_real=real),
            )
            if real:
                _print_latency(recordings, LatencyMeasurement(deployment, None), settings.repetitions)
        if not real:
            _print_latency(recordings, LatencyMeasurement(deployment, canned), settings.repetitions)


def _print_latency(
    recordings: Sequence[RecordedOperation], measurement: LatencyMeasurement, repetitions: int
) -> None:
    title = f"## Time of each operation, {repetitions} times each, against the same calls by bare clients"
    _print(title, latency_table(recordings, measurement, repetitions))


def _setting(real: bool) -> str:
    if real:
        backend = f"DynamoDB at {os.environ[ELSEWHERE]}, SQS answered in this process"
    else:
        backend = (
            "no database: requests counted over moto, times over canned answers, which is processor time only"
        )
    return f"Python {platform.python_version()}, {os.cpu_count()} processors; {backend}."


def _print(*paragraphs: str) -> None:
    print(*paragraphs, sep="\n\n", end="\n\n", flush=True)


if __name__ == "__main__":
    main()
