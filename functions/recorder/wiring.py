"""The recorder over this deployment's log, bus and queue."""

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
from mosaic.storage.job_queue import connect
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
def _aside() -> DeadLetterQueue:
    return DeadLetterQueue.connect(_settings().dead_letter_queue_url)


@cache
def meter() -> EmfMeter:
    """What the recorder measures, until it is written."""
    return EmfMeter()


@cache
def intake() -> StreamConsumer:
    """What takes the stream."""
    enqueuer = JobEnqueuer(connect(_settings().queue_url), connect(_settings().urgent_queue_url))
    recorder = EventRecorder(_log(), WaitQueue(_jobs(), enqueuer, clock.now), meter())
    return StreamConsumer(recorder.record, _bus(), _aside())


@cache
def repair() -> LogRepair:
    """What closes gaps in the log."""
    return LogRepair(
        jobs=_jobs(),
        log=_log(),
        bus=_bus(),
        intake=intake(),
        aside=_aside(),
        stream=JobStream.connect(_settings().jobs_stream_arn),
        clock=clock.now,
    )
