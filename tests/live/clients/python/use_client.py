"""Creates, approves and cancels jobs with the generated Python client of openapi-python-client."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from mosaic_stitcher_client import AuthenticatedClient
from mosaic_stitcher_client.api.approvals import approve_job
from mosaic_stitcher_client.api.control import cancel_job, cancel_jobs
from mosaic_stitcher_client.api.gates import report_gate
from mosaic_stitcher_client.api.jobs import create_job, get_job, list_jobs
from mosaic_stitcher_client.models import (
    ApproveJob,
    BulkCancel,
    BulkResult,
    CancelJob,
    CreateJob,
    CreateJobCapabilitiesItem,
    Job,
    JobDetail,
    JobFilter,
    JobPage,
    JobStatus,
    Phase,
    Problem,
    ReportGate,
    ReportGateNumbers,
    ReportGateStatus,
    Waiting,
)

COMMIT = "0123456789abcdef0123456789abcdef01234567"
URL = os.environ["MOSAIC_URL"]
member = AuthenticatedClient(URL, token=os.environ["MEMBER"])
admin = AuthenticatedClient(URL, token=os.environ["ADMIN"])


def create(body: CreateJob) -> Job:
    """Creates a job and returns it."""
    job = create_job.sync(client=member, body=body)
    assert isinstance(job, Job), job
    return job


def delayed() -> Job:
    """Creates a job that starts in an hour."""
    in_an_hour = datetime.now(UTC) + timedelta(hours=1)
    return create(CreateJob(type_="git-status", instructions="Say what has changed.", run_at=in_an_hour))


def wait_for(job_id: str, ready: Callable[[JobDetail], bool]) -> JobDetail:
    """Returns the job once it is `ready`; fails after forty seconds."""
    for _ in range(200):
        job = get_job.sync(job_id, client=member)
        assert isinstance(job, JobDetail), job
        if ready(job):
            return job
        time.sleep(0.2)
    raise AssertionError(f"job {job_id} did not become ready in time")


first = delayed()
page = list_jobs.sync(client=member, status=[JobStatus.PENDING], limit=10)
assert isinstance(page, JobPage), page
assert first.id in [job.id for job in page.items]

cancelled = cancel_job.sync(first.id, client=member, body=CancelJob(reason="not wanted any more"))
assert isinstance(cancelled, Job), cancelled
assert cancelled.status is JobStatus.CANCELLED

unknown = get_job.sync("none", client=member)
assert isinstance(unknown, Problem), unknown
assert unknown.code == "job_not_found"

requested = create(
    CreateJob(
        type_="code-task",
        instructions="Mend the login page.",
        repository="acme/shop",
        capabilities=[CreateJobCapabilitiesItem("git:push")],
    )
)
wait_for(requested.id, lambda job: job.waiting is Waiting.APPROVAL)
approved = approve_job.sync(requested.id, client=admin, body=ApproveJob(reason="reviewed with the team"))
assert isinstance(approved, Job), approved

gate_id = wait_for(requested.id, lambda job: job.phase is Phase.VALIDATION).gates[0].id
numbers = ReportGateNumbers()
numbers["coverage"] = 87.5
report = ReportGate(status=ReportGateStatus.PASSED, commit_sha=COMMIT, numbers=numbers)
reported = report_gate.sync(requested.id, gate_id, client=admin, body=report)
assert isinstance(reported, Job), reported
(gate,) = (item for item in reported.gates if item.id == gate_id)
assert gate.numbers["coverage"] == 87.5

several = [delayed().id, delayed().id]
by_id = cancel_jobs.sync(client=member, body=BulkCancel(ids=several, reason="not wanted any more"))
assert isinstance(by_id, BulkResult), by_id
assert [item.status for item in by_id.items] == [JobStatus.CANCELLED, JobStatus.CANCELLED]
last = delayed().id
wanted = BulkCancel(filter_=JobFilter(status=[JobStatus.PENDING], type_="git-status"))
by_filter = cancel_jobs.sync(client=member, body=wanted)
assert isinstance(by_filter, BulkResult), by_filter
assert last in [item.id for item in by_filter.items if item.ok]

print("done")
