"""One test suite for the fakes and the real stores, on moto or on the DynamoDB that the environment names.

The tables are those of template.yaml.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws

from local.cloud.tables import declared_tables
from mosaic.jobs.limits import DUE_SHARDS
from mosaic.storage.access import AccessStore
from mosaic.storage.claims import Claims, ClaimStore
from mosaic.storage.coordination import Coordination, CoordinationStore
from mosaic.storage.event_log import EventLog, EventStore
from mosaic.storage.job_queue import JobMessage, JobQueue
from mosaic.storage.jobs import Jobs, JobStore
from mosaic.storage.secrets import Secrets, SecretStore
from tests.fakes.clock import FakeClock
from tests.fakes.storage.access import FakeAccess
from tests.fakes.storage.claims import FakeClaims
from tests.fakes.storage.coordination import FakeCoordination
from tests.fakes.storage.event_log import FakeEventLog
from tests.fakes.storage.job_queue import FakeQueue
from tests.fakes.storage.jobs import FakeJobs
from tests.fakes.storage.queue_backends import (
    Consumer,
    FakeChain,
    FakeConsumer,
    FakeQueueBackend,
    QueueBackend,
    RedriveChain,
    SqsChain,
    SqsConsumer,
    SqsQueueBackend,
)
from tests.fakes.storage.secrets import FakeSecrets

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ELSEWHERE = "AWS_ENDPOINT_URL_DYNAMODB"
REAL = "dynamodb" if ELSEWHERE in os.environ else "moto"
TEMPLATE = Path(__file__).parents[3] / "template.yaml"

NewTable = Callable[[str], str]


@pytest.fixture(scope="session")
def aws() -> Iterator[None]:
    """Moto's AWS, except for a DynamoDB that the environment names."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "local")
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            patch.delenv(name, raising=False)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_REGION", "us-east-1")
        # Moto's streams answer 404 on the endpoints that botocore makes from an account id.
        patch.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")
        patch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
        with mock_aws():
            yield


@pytest.fixture(scope="session")
def dynamodb(request: pytest.FixtureRequest) -> Iterator[DynamoDBClient]:
    request.getfixturevalue("aws")
    client = boto3.client("dynamodb")
    yield client
    client.close()


@pytest.fixture(scope="session")
def new_table(dynamodb: DynamoDBClient) -> NewTable:
    """Creates a table as the template declares it, and returns its new name."""
    declared = declared_tables(TEMPLATE)

    def make(logical_id: str) -> str:
        name = f"{logical_id}-{uuid4().hex}"
        dynamodb.create_table(TableName=name, **declared[logical_id])
        return name

    return make


@pytest.fixture(scope="session")
def stored_jobs(new_table: NewTable) -> JobStore:
    return JobStore(new_table("JobsTable"))


@pytest.fixture(scope="session")
def stored_events(new_table: NewTable) -> EventStore:
    return EventStore(new_table("EventsTable"))


@pytest.fixture(scope="session")
def claims_table(new_table: NewTable) -> str:
    return new_table("ClaimsTable")


@pytest.fixture(scope="session")
def stored_claims(claims_table: str) -> ClaimStore:
    return ClaimStore(claims_table)


@pytest.fixture(scope="session")
def stored_records(claims_table: str) -> CoordinationStore:
    return CoordinationStore(claims_table)


@pytest.fixture
def workspace() -> str:
    """A new workspace in the shared tables."""
    return uuid4().hex


@pytest.fixture(params=["fake", REAL])
def jobs(request: pytest.FixtureRequest) -> Jobs:
    store: Jobs = request.getfixturevalue("stored_jobs") if request.param == REAL else FakeJobs()
    return store


@pytest.fixture
def undue_jobs(jobs: Jobs) -> Jobs:
    """A job store without due jobs. The due index covers all workspaces."""
    for shard in range(DUE_SHARDS):
        while found := jobs.due(shard, datetime.max.replace(tzinfo=UTC), 100):
            for due in found:
                jobs.exclude_from_sweep(due.workspace_id, due.job_id)
    return jobs


@pytest.fixture(params=["fake", REAL])
def events(request: pytest.FixtureRequest) -> EventLog:
    log: EventLog = request.getfixturevalue("stored_events") if request.param == REAL else FakeEventLog()
    return log


@pytest.fixture(params=["fake", REAL])
def claims(request: pytest.FixtureRequest) -> Claims:
    store: Claims = request.getfixturevalue("stored_claims") if request.param == REAL else FakeClaims()
    return store


@pytest.fixture(params=["fake", REAL])
def coordination(request: pytest.FixtureRequest) -> Coordination:
    store: Coordination = (
        request.getfixturevalue("stored_records") if request.param == REAL else FakeCoordination()
    )
    return store


@pytest.fixture(params=["fake", REAL])
def access(request: pytest.FixtureRequest) -> AccessStore | FakeAccess:
    if request.param == "fake":
        return FakeAccess()
    return AccessStore(request.getfixturevalue("new_table")("AccessTable"))


@pytest.fixture(params=["fake", "moto"])
def backend(request: pytest.FixtureRequest) -> Iterator[QueueBackend]:
    if request.param == "fake":
        yield FakeQueueBackend(FakeQueue(FakeClock()))
        return
    request.getfixturevalue("aws")
    client = boto3.client("sqs")
    yield SqsQueueBackend(client, client.create_queue(QueueName=uuid4().hex)["QueueUrl"])
    client.close()


@pytest.fixture(params=["fake", "moto"])
def consumer(request: pytest.FixtureRequest) -> Iterator[Consumer]:
    """A queue with one message, which can be received twice."""
    job_message = JobMessage(workspace_id="demo", job_id="01KGA000000000000000000000")
    if request.param == "fake":
        clock = FakeClock()
        queue = FakeQueue(clock, max_receives=2)
        queue.send(job_message)
        yield FakeConsumer(queue, clock)
        return
    request.getfixturevalue("aws")
    client = boto3.client("sqs")
    dead = client.create_queue(QueueName=uuid4().hex)["QueueUrl"]
    arn = client.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})
    url = client.create_queue(QueueName=uuid4().hex, Attributes={"RedrivePolicy": policy})["QueueUrl"]
    JobQueue(client, url).send(job_message)
    yield SqsConsumer(client, url, dead)
    client.close()


@pytest.fixture(params=["fake", "moto"])
def redrive_chain(request: pytest.FixtureRequest) -> Iterator[Callable[[int, int], RedriveChain]]:
    """Creates three queues with one message in the first; the first two move it on after so many receives."""
    job_message = JobMessage(workspace_id="demo", job_id="01KGA000000000000000000000")
    if request.param == "fake":
        yield lambda first, middle: FakeChain(FakeClock(), (first, middle), job_message)
        return
    request.getfixturevalue("aws")
    client = boto3.client("sqs")
    yield lambda first, middle: SqsChain(client, (first, middle), job_message)
    client.close()


@pytest.fixture(params=["fake", "moto"])
def secrets(request: pytest.FixtureRequest) -> Iterator[Secrets]:
    """A secret store that holds `{"secret": "…"}` under the name `webhook`."""
    held = {"secret": "s3cret ✓"}
    if request.param == "fake":
        yield FakeSecrets({"webhook": held})
        return
    request.getfixturevalue("aws")
    client = boto3.client("secretsmanager")
    name = client.create_secret(Name="webhook", SecretString='{"secret": "s3cret ✓"}')["Name"]
    yield SecretStore(client)
    client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    client.close()
