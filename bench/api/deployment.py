"""The template's tables, and the API's handler over them, in this process."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
from botocore.config import Config

from bench.api import sample_jobs
from local.cloud.moto import CREDENTIALS
from local.cloud.tables import declared_tables
from mosaic import clock
from mosaic.events.derive import derive
from mosaic.jobs.model import Job
from mosaic.services import seed_demo_workspace
from mosaic.storage.access import AccessStore
from mosaic.storage.event_log import EventStore
from mosaic.storage.jobs import JobStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
TABLES = {
    "JOBS_TABLE": "JobsTable",
    "EVENTS_TABLE": "EventsTable",
    "CLAIMS_TABLE": "ClaimsTable",
    "ACCESS_TABLE": "AccessTable",
}
QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/bench"
SETTINGS = {
    "QUEUE_URL": QUEUE,
    "URGENT_QUEUE_URL": f"{QUEUE}-urgent",
    "REPAIR_QUEUE_URL": f"{QUEUE}-repair",
    "DEAD_LETTER_QUEUE_URL": f"{QUEUE}-dead-letters",
    "POWERTOOLS_SERVICE_NAME": "api",
    "POWERTOOLS_LOG_LEVEL": "WARNING",
    "POWERTOOLS_TRACE_DISABLED": "true",
}
# The functions' own clients have the same settings; the floor is thus a fair lower bound.
BARE = Config(parameter_validation=False, retries={"mode": "standard"})


class Deployment:
    """The tables by variable name, the stores that fill them, and bare clients for the floor."""

    def __init__(self, tables: Mapping[str, str]) -> None:
        self.tables = tables
        self.jobs = JobStore(tables["JOBS_TABLE"])
        self._events = EventStore(tables["EVENTS_TABLE"])
        self.clients: dict[str, Any] = {name: boto3.client(name, config=BARE) for name in ("dynamodb", "sqs")}
        seed_demo_workspace.seed(AccessStore(tables["ACCESS_TABLE"]), clock.now())

    @cached_property
    def handler(self) -> Any:
        """The API's handler; imported once the environment is set, as in Lambda."""
        from api.app import lambda_handler

        return lambda_handler

    def store(self, job: Job) -> Job:
        """Stores a job as a new one, and returns it."""
        self.jobs.add(job.evolve(version=1))
        return job

    def store_with_events(self) -> Job:
        """Stores a job that waits for its gates, with all its events in the log, and returns it."""
        versions = sample_jobs.versions_to_validation(clock.now() - timedelta(hours=1))
        for old, new in zip((None, *versions), versions, strict=False):
            for event in derive(old, new):
                self._events.append(new.workspace_id, event)
        return self.store(versions[-1])


@contextmanager
def deployed() -> Iterator[Deployment]:
    """Creates the tables on the DynamoDB that the environment names, and deletes them at the end."""
    os.environ.pop("AWS_PROFILE", None)
    os.environ.update({**CREDENTIALS, **SETTINGS})
    client = boto3.client("dynamodb")
    names = {variable: f"bench-{uuid4().hex[:8]}-{table}" for variable, table in TABLES.items()}
    os.environ.update(names)
    declared = declared_tables(TEMPLATE)
    for variable, name in names.items():
        client.create_table(TableName=name, **declared[TABLES[variable]])
    try:
        yield Deployment(names)
    finally:
        _remove(client, names)


def _remove(client: DynamoDBClient, names: Mapping[str, str]) -> None:
    for name in names.values():
        client.delete_table(TableName=name)
