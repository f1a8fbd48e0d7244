"""Faults of a call: crashes before or after it takes effect, refusals, lost responses, slowness, and late
arrivals.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError
from pynamodb.exceptions import (
    GetError,
    PutError,
    PynamoDBException,
    QueryError,
    TransactWriteError,
    UpdateError,
)

from mosaic.access.errors import StaleAccess
from mosaic.forge.comments import ForgeUnavailable
from mosaic.jobs.errors import JobExists, StaleJob
from mosaic.openclaw.errors import GatewayError, GatewayUnavailable
from mosaic.storage.job_queue import QueueUnavailable
from tests.fakes.crash_injector import CrashInjector, ProcessKilled
from tests.simulation.simulator.schedule import Process, Schedule
from tests.simulation.simulator.trace import Trace


class Fault(StrEnum):
    """A fault of one call that a process makes."""

    CRASH_BEFORE = "crashes before"
    CRASH_AFTER = "crashes after"
    REFUSED = "refused"
    RESPONSE_LOST = "response lost"
    REPEATED = "sent twice"
    SLOW = "slow"
    DELAYED = "delayed"
    CLOCK_STEP_BACK = "clock steps back"


@dataclass(frozen=True)
class FaultProfile:
    """The rate of each fault per call, from 0 to 1.

    Clocks differ by up to `skew` seconds. A slow call takes up to `slowness` seconds more. Every call takes
    `latency_factor` times its usual latency.
    """

    rates: dict[Fault, float]
    skew: float = 0.0
    slowness: float = 20.0
    latency_factor: float = 1.0


# Ten times the number of calls in the longest run.
MAX_CALLS = 20_000


class TooManyCalls(BaseException):
    """A run does not end."""


_WRITE_ERRORS = dict.fromkeys(("add", "save", "take", "append", "add_token"), PutError)
_TRANSACTION_ERRORS = dict.fromkeys(("configure", "revoke_token"), TransactWriteError)
_READ_ERRORS = {
    "get": GetError,
    "workspace": GetError,
    "workspace_of": GetError,
    "of_repository": GetError,
    "of_repository_id": GetError,
    "is_connected": GetError,
    "token": GetError,
}
_UPDATE_ERRORS = {"postpone": UpdateError, "clear_due": UpdateError}
# The fakes of SQS queues.
QUEUE_SERVICES = frozenset({"FakeQueue", "FakeDeadLetters", "FakeRepairs"})
# The fakes of the gateway's two transports.
GATEWAY_SERVICES = frozenset({"FakeGateway", "FakeHooks"})
FORGE_SERVICE = "FakeComments"
# Fakes that raise the errors of boto3.
BOTO3_CLIENTS = frozenset({"FakeStream", "FakeEventBridge"})
DYNAMO_ERRORS: dict[str, type[PynamoDBException]] = {
    **_WRITE_ERRORS,
    **_TRANSACTION_ERRORS,
    **_READ_ERRORS,
    **_UPDATE_ERRORS,
}
# The product logs a failure of this call and goes on.
LOGGED_ONLY = "FakeAccess.touch_token"


def unavailable_error(name: str, *, may_have_taken_effect: bool) -> Exception:
    """Returns the error that a call raises if its service throttles it, or if the response is lost."""
    service, _, method = name.partition(".")
    if service in QUEUE_SERVICES:
        return QueueUnavailable(f"{name}: unavailable")
    if service in GATEWAY_SERVICES:
        return GatewayUnavailable(f"{name}: unavailable", may_have_been_accepted=may_have_taken_effect)
    if service == FORGE_SERVICE:
        return ForgeUnavailable(f"{name}: unavailable")
    cause: Exception = ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, method)
    if may_have_taken_effect:
        cause = ReadTimeoutError(endpoint_url="https://aws.test")
    if service in BOTO3_CLIENTS:
        return cause
    return DYNAMO_ERRORS.get(method, QueryError)(f"{name}: unavailable", cause)


class FaultInjector(CrashInjector):
    """Wraps every call of a function: adds latency and faults, writes the trace, and reports effects to
    `on_effect`.
    """

    def __init__(self, schedule: Schedule, trace: Trace) -> None:
        super().__init__()
        self.schedule = schedule
        self.trace = trace
        self.count = 0
        self.on_effect: Callable[[str, tuple[Any, ...]], None] = lambda _name, _args: None

    def fault(self, process: Process, name: str) -> Fault | None:  # noqa: ARG002 - what others decide by
        """Returns the fault of this call, by default none."""
        return None

    def latency(self) -> float:
        """Returns the latency of half a call, in seconds."""
        return 0.005

    def call(self, name: str, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Returns the method's response, unless a fault prevents it.

        A call from outside a process, such as a checker's, has neither latency nor faults.
        """
        process = self.schedule.process
        if process is None:
            return method(*args, **kwargs)
        self.count += 1
        if self.count > MAX_CALLS:
            raise TooManyCalls(f"the run has not ended after {MAX_CALLS} calls")
        fault = self.fault(process, name)
        if fault:
            process.faults.append(fault)
        self.schedule.sleep(self.latency())
        try:
            response = (
                self._with_fault(fault, name, lambda: self._effect(name, method, *args, **kwargs))
                if fault
                else self._effect(name, method, *args, **kwargs)
            )
        except BaseException as error:
            self.trace.record(self.schedule.now, process.name, name, fault, error)
            if name == LOGGED_ONLY and isinstance(error, PynamoDBException):
                return None
            raise
        self.trace.record(self.schedule.now, process.name, name, fault, response)
        self.schedule.sleep(self.latency())
        if fault is Fault.CRASH_AFTER:
            raise ProcessKilled(name)
        return response

    def _with_fault(self, fault: Fault | None, name: str, effect: Callable[[], Any]) -> Any:
        if fault is Fault.CRASH_BEFORE:
            raise ProcessKilled(name)
        if fault is Fault.REFUSED:
            raise unavailable_error(name, may_have_taken_effect=False)
        if fault is Fault.DELAYED:
            self.schedule.after(self.delay_seconds(), lambda: self._arrive(name, effect))
            raise unavailable_error(name, may_have_taken_effect=True)
        if fault is Fault.REPEATED:
            _ignoring_errors(effect)
        if fault is Fault.SLOW:
            self.schedule.sleep(self.slow_seconds())
        if fault is Fault.CLOCK_STEP_BACK and self.schedule.process:
            self.schedule.process.skew -= self.slow_seconds()
        response = effect()
        if fault is Fault.RESPONSE_LOST:
            raise unavailable_error(name, may_have_taken_effect=True)
        return response

    def _effect(self, name: str, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            response = method(*args, **kwargs)
        except BaseException:
            self.on_effect(name.partition(".")[0], args)
            raise
        self.on_effect(name, args)
        return response

    def delay_seconds(self) -> float:
        """Returns after how many seconds a call arrives that its caller gave up."""
        return 30.0

    def slow_seconds(self) -> float:
        """Returns by how many seconds a call is slower, or a clock steps back."""
        return 5.0

    def _arrive(self, name: str, effect: Callable[[], Any]) -> None:
        self.trace.record(self.schedule.now, "network", name, Fault.DELAYED)
        _ignoring_errors(effect)


class RandomFaultInjector(FaultInjector):
    """Draws faults by a fault profile from the seed's random numbers."""

    def __init__(self, schedule: Schedule, trace: Trace, random: Random, fault_profile: FaultProfile) -> None:
        super().__init__(schedule, trace)
        self._random = random
        self.fault_profile = fault_profile

    def fault(self, process: Process, name: str) -> Fault | None:
        """Draws at most one fault for each call."""
        rates = self.fault_profile.rates
        if not rates or process.fault_free:
            return None
        draw = self._random.random()
        for fault, rate in rates.items():
            if draw < rate:
                return _applicable(fault, name)
            draw -= rate
        return None

    def latency(self) -> float:
        """Usually a few milliseconds."""
        return self.fault_profile.latency_factor * (0.001 + 0.02 * self._random.random() ** 3)

    def delay_seconds(self) -> float:
        """Up to two minutes."""
        return 120 * self._random.random() ** 2

    def slow_seconds(self) -> float:
        """Up to the profile's `slowness`."""
        return self.fault_profile.slowness * self._random.random()


def _applicable(fault: Fault, name: str) -> Fault:
    """Replaces a fault that the call cannot have.

    Only calls to the gateway and the forge can arrive late. Their clients do not retry by themselves, as
    boto3 does.
    """
    outside = name.partition(".")[0] in {*GATEWAY_SERVICES, FORGE_SERVICE}
    if fault is Fault.DELAYED and not outside:
        return Fault.REFUSED
    return Fault.RESPONSE_LOST if fault is Fault.REPEATED and outside else fault


# Errors of a call that arrives after its caller has gone.
IGNORED_ERRORS = (PynamoDBException, GatewayError, ForgeUnavailable, JobExists, StaleAccess, StaleJob)


def _ignoring_errors(effect: Callable[[], Any]) -> None:
    try:
        effect()
    except IGNORED_ERRORS:
        return
