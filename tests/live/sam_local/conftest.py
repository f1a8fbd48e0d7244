"""The built functions in containers. Needs an engine that has, or can fetch, Lambda's image for Python 3.13."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.stack import ROOT, LocalStack
from tools.sam_cli import SAM, build, engine_answers
from tools.sam_local import EVENTS, SamLocal

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
    """The sample jobs are what they are at first; what else tests have made is still there."""
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
    """Give the sample event of this name."""

    def load(name: str) -> Json:
        event: Json = json.loads((EVENTS / f"{name}.json").read_text())
        return event

    return load


@pytest.fixture
def job(invoke: Invoke, load: Callable[[str], Json]) -> Callable[[str], Json]:
    """Ask the API for a job, its steps and events."""
    event = load("api-get-job")

    def job(job_id: str) -> Json:
        asked = {**event, "rawPath": f"/runner-jobs/{job_id}", "pathParameters": {"jobId": job_id}}
        answer = invoke("ApiFunction", asked)
        assert answer["statusCode"] == 200, answer
        found: Json = json.loads(answer["body"])
        return found

    return job
