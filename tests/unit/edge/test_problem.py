"""Every domain error has a stable status and code."""

from __future__ import annotations

import inspect
import json

import pytest

from mosaic.edge import problem
from mosaic.jobs import errors


def test_every_job_error_has_a_problem() -> None:
    kinds = {
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.JobProblem) and kind is not errors.JobProblem
    }
    # The service creates job ids, so a duplicate is not the caller's problem. Late reports of a forge are
    # ignored. A refused request is answered on its issue.
    answered = {kind for kind in kinds if issubclass(kind, errors.RequestRefused)}
    assert kinds - {errors.JobExists, errors.StaleReport} - answered <= set(problem.DOMAIN_ERRORS)


def test_problem_is_rfc_9457_with_a_code() -> None:
    body = json.loads(problem.problem_for(errors.InputTooLarge("instructions", 10)).body())
    assert body == {
        "type": "/docs#problem-input_too_large",
        "title": body["title"],
        "status": 413,
        "code": "input_too_large",
        "detail": "instructions may hold at most 10 bytes",
        "errors": [{"field": "instructions", "message": "is too long"}],
    }


def test_unexpected_error_has_no_problem() -> None:
    with pytest.raises(KeyError):
        problem.problem_for(RuntimeError("secret"))
