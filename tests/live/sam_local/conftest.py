"""The built functions in containers. Needs an engine that has, or can fetch, Lambda's image for Python 3.13."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.stack import ROOT, LocalStack
from tools.sam.cli import SAM, build, engine_answers
from tools.sam.local_functions import EVENTS, SamLocal

Json = dict[str, Any]
Invoke = Callable[[str, Json], Any]


@pytest.fixture(scope="session")
def containers() -> Iterator[SamLocal]:
    if not Path(SAM).exists():
        pytest.skip("the SAM CLI is not installed here: make test-sam")
    if not engine_answers():
        pytest.skip("no container engine answers `docker info`")
    build()
    with (ROOT / ".local/sam-local.log").open("w") as log, SamLocal(log) as sam:
        yield sam


@pytest.fixture
def sam(containers: SamLocal) -> SamLocal:
    """The functions in containers; each test starts with the first version of the sample jobs. Other tests'
    items stay.
    """
    containers.store_samples()
    return containers


@pytest.fixture
def stack(sam: SamLocal) -> LocalStack:
    return sam.stack


@pytest.fixture
def invoke(sam: SamLocal) -> Invoke:
    return sam.invoke


@pytest.fixture
def load() -> Callable[[str], Json]:
    """Loads the sample event of this name."""

    def load(name: str) -> Json:
        event: Json = json.loads((EVENTS / f"{name}.json").read_text())
        return event

    return load


@pytest.fixture
def job(invoke: Invoke, load: Callable[[str], Json]) -> Callable[[str], Json]:
    """Reads a job, its steps and events from the API."""
    event = load("api-get-job")

    def job(job_id: str) -> Json:
        request = {**event, "rawPath": f"/runner-jobs/{job_id}", "pathParameters": {"jobId": job_id}}
        response = invoke("ApiFunction", request)
        assert response["statusCode"] == 200, response
        content: Json = json.loads(response["body"])
        return content

    return job
