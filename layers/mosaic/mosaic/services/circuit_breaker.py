"""The circuit to the gateway as all stitchers share it: one note, changed by who has seen it as it is."""

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
TRIES = 5


def circuit_of(shared: Coordination) -> Circuit:
    """The circuit as it is."""
    return _read(shared)[1]


class CircuitBreaker:
    """Keeps a gateway that fails from being called, but for one probe at a time."""

    def __init__(
        self, shared: Coordination, gateway: RunGateway, meter: Meter, clock: Callable[[], datetime]
    ) -> None:
        self._shared = shared
        self._gateway = gateway
        self._meter = meter
        self._clock = clock

    def wait(self, job: Job) -> timedelta | None:
        """How long the job has to wait before it asks again; None when the gateway may be called for it.

        Where it is time for a probe, it is made here: by asking for the job's run, which changes nothing.
        """
        note, circuit = _read(self._shared)
        now, who = self._clock(), dispatch_intent.run_key(job)
        wait = circuit.wait(now)
        if wait is not None or not circuit.is_open:
            return wait
        if not self._shared.write(KEY, note, _text(circuit.probed(who, now))):
            return PROBE_SOON
        try:
            self._gateway.find(who)
        except GatewayError as error:
            if is_failure(error):
                self.record_failure(job, str(error))
                return circuit_of(self._shared).wait(self._clock()) or PROBE_SOON
        return None

    def claim_recheck(self, workspace_id: str, moment: datetime) -> bool:
        """Whether it falls to the caller to have the workspace's first job look again at this moment.

        It falls to one at a time: if every message that finds the gateway away sent the next one, whatever comes twice
        would come twice for as long as the gateway is away.
        """
        key = f"{KEY}#{workspace_id}"
        note = self._shared.read(key)
        if note.text and self._clock() < datetime.fromisoformat(note.text):
            return False
        return self._shared.write(key, note, rfc3339(moment))

    def record_success(self) -> None:
        """The gateway answered."""
        self._change(lambda _: Circuit())
        self._meter(Measurement(Metric.CIRCUIT_OPEN, 0))

    def record_failure(self, job: Job, reason: str) -> tuple[Circuit, Circuit]:
        """A call for the job has failed; the circuit before and after that."""
        now, who = self._clock(), dispatch_intent.run_key(job)
        return self._change(lambda circuit: circuit.failed(who, reason, now))

    def _change(self, step: Callable[[Circuit], Circuit]) -> tuple[Circuit, Circuit]:
        for _ in range(TRIES):
            note, before = _read(self._shared)
            after = step(before)
            if after == before:
                return before, after
            if self._shared.write(KEY, note, _text(after)):
                self._tell(before, after)
                return before, after
        logger.warning("the circuit is being changed by too many others")
        return before, before

    def _tell(self, before: Circuit, after: Circuit) -> None:
        if after.is_open:
            logger.warning("the gateway is left alone", probe_at=after.probe_at, reason=after.reason)
            self._meter(Measurement(Metric.CIRCUIT_OPEN, 1))
        elif before.is_open:
            logger.info("the gateway works again", away_since=before.opened_at)


def _read(shared: Coordination) -> tuple[VersionedRecord, Circuit]:
    note = shared.read(KEY)
    return note, Circuit.model_validate_json(note.text) if note.text else Circuit()


def _text(circuit: Circuit) -> str:
    return circuit.model_dump_json(by_alias=True, exclude_none=True)
