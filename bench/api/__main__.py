"""`python -m bench.api`: see `make bench-api`.

On the DynamoDB that AWS_ENDPOINT_URL_DYNAMODB names. Without one requests are counted over moto, and times are taken
over what moto answered once, so that they are the processor's alone. SQS is always answered in this process.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from contextlib import nullcontext

from moto import mock_aws
from pydantic import Field
from pydantic_settings import BaseSettings

from bench.api.call_recorder import Tape, installed
from bench.api.canned_responses import Canned
from bench.api.deployment import deployed
from bench.api.latency import Race, speed
from bench.api.list_costs import lists
from bench.api.operations import operations
from bench.api.recorded_operation import Recording, record
from bench.api.request_costs import costs

ELSEWHERE = "AWS_ENDPOINT_URL_DYNAMODB"


class Settings(BaseSettings):
    """How much is measured: the variables REPETITIONS and SIZES, numbers of jobs with commas between."""

    repetitions: int = Field(default=200, ge=2)
    sizes: str = Field(default="", pattern=r"^([0-9]+(,[0-9]+)*)?$")

    def of(self, *, real: bool) -> Sequence[int]:
        """The sizes, as many as the backend stands unless they are named."""
        usual = "100,1000,10000" if real else "100,1000"
        return sorted(int(size) for size in (self.sizes or usual).split(","))


def main() -> None:
    """Measure and print."""
    settings, real, tape, canned = Settings(), ELSEWHERE in os.environ, Tape(), Canned()
    _say(_setting(real))
    with installed(tape.hooks, canned.hooks):
        with nullcontext() if real else mock_aws(), deployed() as at:
            recordings = [record(operation, at, tape) for operation in operations(at)]
            _say("## Requests and capacity of each operation", costs(recordings, units_are_real=real))
            sizes = settings.of(real=real)
            _say("## A page of 25 jobs against the table's size", lists(at, tape, sizes, units_are_real=real))
            if real:
                _say_speed(recordings, Race(at, None), settings.repetitions)
        if not real:
            _say_speed(recordings, Race(at, canned), settings.repetitions)


def _say_speed(recordings: Sequence[Recording], race: Race, repetitions: int) -> None:
    title = f"## Time of each operation, {repetitions} times each, against the same calls made bare"
    _say(title, speed(recordings, race, repetitions))


def _setting(real: bool) -> str:
    if real:
        backend = f"DynamoDB at {os.environ[ELSEWHERE]}, SQS answered in this process"
    else:
        backend = (
            "no database: requests counted over moto, times over canned answers, which is processor time only"
        )
    return f"Python {platform.python_version()}, {os.cpu_count()} processors; {backend}."


def _say(*paragraphs: str) -> None:
    print(*paragraphs, sep="\n\n", end="\n\n", flush=True)


if __name__ == "__main__":
    main()
