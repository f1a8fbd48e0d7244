"""The circuit breaker of the gateway, shared by all stitchers in one versioned record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from aws_lambda_powertools import Logger

from mosaic.base import rfc3339
from mosaic.jobs.model import Job
from mosaic.metrics import Measurement, Meter, Metric
from mosaic.openclaw.circuit import PROBE_SOON, Circuit, is_failure
from mosaic.openclaw.errors import GatewayError
from mosaic.openclaw.model import RunGateway
from mosaic.services import dispatch_intent
from mosaic.storage.coordination import Coordination, VersionedRecord

logger = Logger(child=True)

KEY = "circuit#gateway"
NAMED_KEY = "circuit#named"
TRIES = 5


def circuit_of(shared: Coordination, gateway: str | None = None) -> Circuit:
    """Returns the stored circuit of the gateway with this name, or of the deployment's."""
    return _read(shared, _key(gateway))[1]


class CircuitBreaker:
    """Pauses calls to a failing gateway, except for one probe at a time."""

    def __init__(
        self,
        shared: Coordination,
        gateway: RunGateway,
        meter: Meter,
        clock: Callable[[], datetime],
        name: str | None = None,
    ) -> None:
        self._shared = shared
        self._key = _key(name)
        self._gateway = gateway
        self._meter = meter
        self._clock = clock

    def wait(self, job: Job) -> timedelta | None:
        """Returns how long the job has to wait, or None when the gateway may be called for it.

        A due probe is made here: it looks up the job's run, which changes nothing.
        """
        record, circuit = _read(self._shared, self._key)
        now, run_key = self._clock(), dispatch_intent.run_key(job)
        wait = circuit.wait(now)
        if wait is not None or not circuit.is_open:
            return wait
        if not self._shared.write(self._key, record, _text(circuit.probed(run_key, now))):
            return PROBE_SOON
        try:
            self._gateway.find(run_key)
        except GatewayError as error:
            if is_failure(error):
                self.record_failure(job, str(error))
                return _read(self._shared, self._key)[1].wait(self._clock()) or PROBE_SOON
        return None

    def claim_recheck(self, workspace_id: str, moment: datetime) -> bool:
        """Whether the caller has to schedule the recheck of the workspace's first job at this moment.

        Only one caller gets true until then. Otherwise every duplicate message would schedule another message, as
        long as the gateway fails.
        """
        key = f"{self._key}#{workspace_id}"
        record = self._shared.read(key)
        if record.text and self._clock() < datetime.fromisoformat(record.text):
            return False
        return self._shared.write(key, record, rfc3339(moment))

    def record_success(self) -> None:
        """Closes the circuit: the gateway answered."""
        self._change(lambda _: Circuit())
        self._meter(Measurement(Metric.CIRCUIT_OPEN, 0))

    def record_failure(self, job: Job, reason: str) -> tuple[Circuit, Circuit]:
        """Records that a call for the job failed; returns the circuit before and after that."""
        now, run_key = self._clock(), dispatch_intent.run_key(job)
        return self._change(lambda circuit: circuit.failed(run_key, reason, now))

    def _change(self, step: Callable[[Circuit], Circuit]) -> tuple[Circuit, Circuit]:
        for _ in range(TRIES):
            record, before = _read(self._shared, self._key)
            after = step(before)
            if after == before:
                return before, after
            if self._shared.write(self._key, record, _text(after)):
                self._report(before, after)
                return before, after
        logger.warning("the circuit was not updated: too many concurrent writers")
        return before, before

    def _report(self, before: Circuit, after: Circuit) -> None:
        if after.is_open:
            logger.warning("calls to the gateway are paused", probe_at=after.probe_at, reason=after.reason)
            self._meter(Measurement(Metric.CIRCUIT_OPEN, 1))
        elif before.is_open:
            logger.info("the gateway works again", failing_since=before.opened_at)


def _key(gateway: str | None) -> str:
    return f"{NAMED_KEY}#{gateway}" if gateway else KEY


def _read(shared: Coordination, key: str) -> tuple[VersionedRecord, Circuit]:
    record = shared.read(key)
    return record, Circuit.model_validate_json(record.text) if record.text else Circuit()


def _text(circuit: Circuit) -> str:
    return circuit.model_dump_json(by_alias=True, exclude_none=True)
