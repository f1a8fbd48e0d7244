"""The recorder over this deployment's log, bus and queues."""

from __future__ import annotations

from functools import cache

from mosaic import clock
from mosaic.edge.emf import EmfMeter
from mosaic.services.consume_stream import StreamConsumer
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.services.record_events import EventRecorder
from mosaic.services.repair_log import LogRepair
from mosaic.services.wait_queue import WaitQueue
from mosaic.storage.dead_letters import DeadLetterQueue
from mosaic.storage.event_bus import EventBus
from mosaic.storage.event_log import EventStore
from mosaic.storage.job_stream import JobStream
from mosaic.storage.jobs import JobStore
from recorder.settings import Settings


@cache
def _settings() -> Settings:
    return Settings()


@cache
def _jobs() -> JobStore:
    return JobStore(_settings().jobs_table)


@cache
def _log() -> EventStore:
    return EventStore(_settings().events_table)


@cache
def _bus() -> EventBus:
    return EventBus.connect(_settings().event_bus)


@cache
def _dead_letters() -> DeadLetterQueue:
    return DeadLetterQueue.connect(_settings().dead_letter_queue_url)


@cache
def meter() -> EmfMeter:
    """Returns the recorder's meter, which keeps measurements until they are flushed."""
    return EmfMeter()


@cache
def stream_consumer() -> StreamConsumer:
    """Returns the consumer of the stream."""
    enqueuer = JobEnqueuer.connect(_settings().queue_url, _settings().urgent_queue_url)
    recorder = EventRecorder(_log(), WaitQueue(_jobs(), enqueuer, clock.now), meter())
    return StreamConsumer(recorder.record, _bus(), _dead_letters())


@cache
def log_repair() -> LogRepair:
    """Returns the repair of event logs."""
    return LogRepair(
        jobs=_jobs(),
        log=_log(),
        bus=_bus(),
        consumer=stream_consumer(),
        dead_letters=_dead_letters(),
        stream=JobStream.connect(_settings().jobs_stream_arn),
        clock=clock.now,
    )
