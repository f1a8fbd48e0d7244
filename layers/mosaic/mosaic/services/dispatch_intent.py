"""Build the dispatch intent of an attempt and the run request that the gateway gets for it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from mosaic.jobs.model import Job
from mosaic.jobs.value_objects import Dispatch, GuardDecision
from mosaic.openclaw.message import MESSAGE_VERSION
from mosaic.openclaw.model import RunRequest
from mosaic.services.agent_message import run_message

# The gateway refuses a start time that is past when it reads it. After each refusal the next start is further ahead.
LEADS = tuple(timedelta(seconds=seconds) for seconds in (1, 5, 20, 90))
FRESH = timedelta(seconds=30)
# The gateway retries a run that it timed out. Its limit must lie behind the job's deadline and the next sweeps.
GATEWAY_MARGIN_SECONDS = 600


def run_key(job: Job) -> str:
    """Returns the key of this attempt at the gateway."""
    return f"mosaic:{job.id}:{job.attempt}"


def start_time(now: datetime, late: int = 0) -> datetime:
    """Returns the start time of a run dispatched now, in whole seconds, after `late` dispatches that were too late."""
    soon = now + LEADS[min(late, len(LEADS) - 1)]
    return (soon + timedelta(microseconds=999_999)).replace(microsecond=0)


def late_tries(job: Job, now: datetime) -> int:
    """Returns how many dispatches of the attempt were too late, the present one included.

    An old intent does not count. A fresh intent that is too late was sent slowly, or the gateway's clock is
    ahead.
    """
    dispatch = job.dispatch
    if dispatch is None:
        return 0
    return dispatch.late_count + 1 if now < dispatch.at + FRESH else dispatch.late_count


def is_new(job: Job) -> bool:
    """Whether no call has sent the queued job's dispatch intent with its present start time."""
    return job.dispatch is None or job.dispatch.unsent


def dispatch_for(
    job: Job, guard: GuardDecision, now: datetime, transport: Literal["rpc", "hooks"]
) -> Dispatch:
    """Returns the attempt's dispatch intent for this transport.

    An earlier intent keeps its key and start time, because the gateway may have taken it. A queued intent for the
    other transport was not taken, unless that transport is RPC.
    """
    if job.dispatch and job.dispatch.transport in (transport, "rpc"):
        return job.dispatch.model_copy(update={"tools": guard.tools, "unsent": False})
    at = start_time(now)
    return Dispatch(
        key=run_key(job),
        agent=job.profile,
        tools=guard.tools,
        at=at,
        deadline=at + timedelta(seconds=job.timeout_seconds),
        message_version=MESSAGE_VERSION,
        transport=transport,
    )


@dataclass(frozen=True)
class RunEndpoints:
    """The URLs for the gateway's callback and the run's reports; their tokens are valid for one attempt only."""

    callback_url: str = field(repr=False)
    report_url: str
    report_token: str = field(repr=False)


def run_request(job: Job, endpoints: RunEndpoints) -> RunRequest:
    """Returns the request for the job's run; raises ValueError for a job without a dispatch intent."""
    if job.dispatch is None:
        raise ValueError(f"job {job.id} has no dispatch intent")
    return RunRequest(
        key=job.dispatch.key,
        name=f"{job.type} {job.id}",
        agent=job.dispatch.agent,
        message=run_message(job, endpoints.report_url, endpoints.report_token),
        tools=job.dispatch.tools,
        at=job.dispatch.at,
        timeout_seconds=job.timeout_seconds + GATEWAY_MARGIN_SECONDS,
        callback_url=endpoints.callback_url,
    )
