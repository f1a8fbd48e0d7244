"""What may befall a call: death before or after it takes effect, refusals, lost answers, slowness, late arrivals."""

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
    """What can happen to one call of a process."""

    DEATH_BEFORE = "dies before"
    DEATH_AFTER = "dies after"
    REFUSED = "refused"
    LOST = "answer lost"
    REPEATED = "sent twice"
    SLOW = "slow"
    LATE = "arrives late"
    STEP_BACK = "clock steps back"


@dataclass(frozen=True)
class FaultProfile:
    """How often each fault befalls a call, from 0 to 1; `skew` is how far clocks are apart, in seconds.

    A slow call takes up to `slowness` seconds more, and every call `pace` times as long as on a good day.
    """

    rates: dict[Fault, float]
    skew: float = 0.0
    slowness: float = 20.0
    pace: float = 1.0


# Ten times what the longest run takes.
MOST_CALLS = 20_000


class TooManyCalls(BaseException):
    """Something goes on and on."""


_WRITES = dict.fromkeys(("add", "save", "take", "append", "add_token"), PutError)
_TOGETHER = dict.fromkeys(("configure", "revoke_token"), TransactWriteError)
_READS = {"get": GetError, "workspace": GetError, "workspace_of": GetError, "token": GetError}
_UPDATES = {"postpone": UpdateError, "clear_due": UpdateError}
# What stands for a queue in SQS.
QUEUES = frozenset({"FakeQueue", "FakeDeadLetters", "FakeRepairs"})
# As the two ways to the gateway are called.
GATEWAYS = frozenset({"FakeGateway", "FakeHooks"})
FORGE = "FakeComments"
# Whose errors are those of boto3 itself.
BARE = frozenset({"FakeStream", "FakeEventBridge"})
DYNAMO_ERRORS: dict[str, type[PynamoDBException]] = {**_WRITES, **_TOGETHER, **_READS, **_UPDATES}
# A failure of it is logged, and no more.
NEVER_RAISES = "FakeAccess.touch_token"


def refusal(name: str, *, may_have_happened: bool) -> Exception:
    """What a call raises that its service throttles, or whose answer is lost on the way."""
    service, _, method = name.partition(".")
    if service in QUEUES:
        return QueueUnavailable(f"{name}: not now")
    if service in GATEWAYS:
        return GatewayUnavailable(f"{name}: not now", may_have_been_accepted=may_have_happened)
    if service == FORGE:
        return ForgeUnavailable(f"{name}: not now")
    cause: Exception = ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, method)
    if may_have_happened:
        cause = ReadTimeoutError(endpoint_url="https://aws.test")
    if service in BARE:
        return cause
    return DYNAMO_ERRORS.get(method, QueryError)(f"{name}: not now", cause)


class FaultInjector(CrashInjector):
    """Every call of a function: takes its time, may be befallen, is written down, and is looked at afterwards."""

    def __init__(self, schedule: Schedule, trace: Trace) -> None:
        super().__init__()
        self.schedule = schedule
        self.trace = trace
        self.count = 0
        self.look: Callable[[str, tuple[Any, ...]], None] = lambda _name, _args: None

    def fault(self, process: Process, name: str) -> Fault | None:  # noqa: ARG002 - what others decide by
        """What befalls this call; nothing unless told otherwise."""
        return None

    def seconds(self) -> float:
        """How long half a call takes."""
        return 0.005

    def call(self, name: str, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The method's answer, unless something befalls the call. From outside a process it is a mere look."""
        process = self.schedule.process
        if process is None:
            return method(*args, **kwargs)
        self.count += 1
        if self.count > MOST_CALLS:
            raise TooManyCalls(f"after {MOST_CALLS} calls there is no end to it")
        fault = self.fault(process, name)
        if fault:
            process.faults.append(fault)
        self.schedule.sleep(self.seconds())
        try:
            answer = (
                self._with_fault(fault, name, lambda: self._done(name, method, *args, **kwargs))
                if fault
                else self._done(name, method, *args, **kwargs)
            )
        except BaseException as error:
            self.trace.record(self.schedule.now, process.name, name, fault, error)
            if name == NEVER_RAISES and isinstance(error, PynamoDBException):
                return None
            raise
        self.trace.record(self.schedule.now, process.name, name, fault, answer)
        self.schedule.sleep(self.seconds())
        if fault is Fault.DEATH_AFTER:
            raise ProcessKilled(name)
        return answer

    def _with_fault(self, fault: Fault | None, name: str, done: Callable[[], Any]) -> Any:
        if fault is Fault.DEATH_BEFORE:
            raise ProcessKilled(name)
        if fault is Fault.REFUSED:
            raise refusal(name, may_have_happened=False)
        if fault is Fault.LATE:
            self.schedule.after(self.lateness(), lambda: self._arrive(name, done))
            raise refusal(name, may_have_happened=True)
        if fault is Fault.REPEATED:
            _quietly(done)
        if fault is Fault.SLOW:
            self.schedule.sleep(self.slowness())
        if fault is Fault.STEP_BACK and self.schedule.process:
            self.schedule.process.skew -= self.slowness()
        answer = done()
        if fault is Fault.LOST:
            raise refusal(name, may_have_happened=True)
        return answer

    def _done(self, name: str, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            answer = method(*args, **kwargs)
        except BaseException:
            self.look(name.partition(".")[0], args)
            raise
        self.look(name, args)
        return answer

    def lateness(self) -> float:
        """How many seconds after it was given up a call arrives."""
        return 30.0

    def slowness(self) -> float:
        """How many seconds a slow call takes, and a clock steps back."""
        return 5.0

    def _arrive(self, name: str, done: Callable[[], Any]) -> None:
        self.trace.record(self.schedule.now, "network", name, Fault.LATE)
        _quietly(done)


class RandomFaultInjector(FaultInjector):
    """Calls in some weather, by the seed's own dice, until it clears up."""

    def __init__(self, schedule: Schedule, trace: Trace, random: Random, fault_profile: FaultProfile) -> None:
        super().__init__(schedule, trace)
        self._random = random
        self.fault_profile = fault_profile

    def fault(self, process: Process, name: str) -> Fault | None:
        """One fault at most for each call; a refusal for what does not suit the call."""
        rates = self.fault_profile.rates
        if not rates or process.fault_free:
            return None
        drawn = self._random.random()
        for fault, rate in rates.items():
            if drawn < rate:
                return _suited(fault, name)
            drawn -= rate
        return None

    def seconds(self) -> float:
        """A few milliseconds on a good day."""
        return self.fault_profile.pace * (0.001 + 0.02 * self._random.random() ** 3)

    def lateness(self) -> float:
        """Up to two minutes."""
        return 120 * self._random.random() ** 2

    def slowness(self) -> float:
        """As slow as the weather."""
        return self.fault_profile.slowness * self._random.random()


def _suited(fault: Fault, name: str) -> Fault:
    """Only the ways out of AWS deliver late, and the clients there alone repeat nothing by themselves."""
    outside = name.partition(".")[0] in {*GATEWAYS, FORGE}
    if fault is Fault.LATE and not outside:
        return Fault.REFUSED
    return Fault.LOST if fault is Fault.REPEATED and outside else fault


# What a call raises that arrives when nobody is there any more to be told.
UNHEARD = (PynamoDBException, GatewayError, ForgeUnavailable, JobExists, StaleAccess, StaleJob)


def _quietly(done: Callable[[], Any]) -> None:
    try:
        done()
    except UNHEARD:
        return
