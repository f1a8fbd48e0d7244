"""`python -m bench.rails`: measure a decision of the guard rails by number of policies; see `make
bench-rails`.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from time import process_time

import cedarpy
from pydantic import Field
from pydantic_settings import BaseSettings

from bench import markdown
from mosaic.rails import schema
from mosaic.rails.capabilities import PROFILES
from mosaic.rails.guard import GuardRequest, decide
from mosaic.rails.policy import PolicySet, base_policies

SIZES = (5, 50, 500)
REQUIRED = ("git:push", "pr:create")
HEAD = ("workspace policies", "case", "p50 µs", "p99 µs")


class Settings(BaseSettings):
    """The variable REPETITIONS: the number of measurements of each decision."""

    repetitions: int = Field(default=2000, ge=100)


@dataclass(frozen=True)
class Case:
    """One row: the measured call, and the preparation before each call."""

    name: str
    run: Callable[[int], object]
    prepare: Callable[[], None] = lambda: None


def policies(count: int) -> str:
    """Returns this many policies, alternately about branches, paths, labels, repositories and roles."""
    push, write = 'action == Mosaic::Action::"git:push"', 'action == Mosaic::Action::"code:write"'
    kinds = (
        f'forbid (principal, {push}, resource) when {{ context.branch like "line-%d/*" }};',
        f'forbid (principal, {write}, resource) when {{ context.paths.contains("team-%d/") }};',
        'forbid (principal, action, resource) when { context.labels.contains("hold-%d") };',
        'forbid (principal, action, resource == Mosaic::Repository::"acme/repo-%d") '
        'unless { context.role == "admin" };',
        'permit (principal, action in Mosaic::Action::"level:execute", resource) '
        'when { resource.owner == "team-%d" && context.role == "admin" };',
    )
    chosen = (kinds[number % len(kinds)] % number for number in range(count))
    return "\n".join(f'@id("p{number}")\n@reason("r")\n{policy}' for number, policy in enumerate(chosen))


def request(number: int) -> GuardRequest:
    """Returns a request of a weaver's job to push and to open a pull request; each number gives another job."""
    return GuardRequest(
        workspace_id="demo",
        profile="weaver",
        repository="acme/shop",
        job_type="code-task",
        source="github",
        actor=f"github:person-{number % 20}",
        branch=f"mosaic/{number:026d}",
        paths=(f"src/module-{number % 50}/app.py",),
        labels=("bug", f"milestone-{number % 10}"),
        required=REQUIRED,
        granted=frozenset({"git:push"}),
        approved=frozenset({"pr:create"}),
    )


def cases(count: int) -> tuple[Case, ...]:
    """Returns the measured cases for this number of policies."""
    own, base = policies(count), base_policies()
    policy_set = base.with_workspace_policies(own)
    return (
        Case("with cached answers", lambda number: decide(request(number), policy_set)),
        Case(
            "without cached answers",
            lambda number: decide(request(number), policy_set),
            policy_set._evaluated.cache_clear,
        ),
        Case("Cedar with all policies", _without_slicing(policy_set)),
    )


def first_decision(count: int) -> float:
    """Returns the milliseconds until a new function has decided; this includes parsing and indexing the
    policies.
    """
    own = policies(count)
    begun = process_time()
    decide(request(0), PolicySet(base_policies()._base, own))
    return (process_time() - begun) * 1e3


def _without_slicing(policy_set: PolicySet) -> Callable[[int], object]:
    """Returns a call that evaluates all policies for each capability, without slicing them."""
    parsed = cedarpy.PolicySet.from_str("\n".join(policy.text for policy in policy_set.policies))
    entities = cedarpy.Entities.from_json_str(
        json.dumps([*schema.actions(), *schema.request_entities("demo", "weaver", "acme/shop")])
    )
    context = {"jobType": "code-task", "source": "github", "actor": "github:ada", "role": "member"}
    facts = {
        **context,
        "branch": "mosaic/1",
        "paths": ["src/"],
        "labels": ["bug"],
        "granted": False,
        "approved": False,
    }

    def evaluate(_: int) -> object:
        return [
            cedarpy.is_authorized(
                {
                    "principal": {"type": schema.PROFILE, "id": "demo/weaver"},
                    "action": {"type": schema.ACTION, "id": capability},
                    "resource": {"type": schema.REPOSITORY, "id": "acme/shop"},
                    "context": facts,
                },
                parsed,
                entities,
            )
            for capability in (*PROFILES["weaver"], *REQUIRED)
        ]

    return evaluate


def timed(case: Case, repetitions: int) -> Sequence[float]:
    """Returns the microseconds of processor time of every repetition; other programs on the machine do not
    count.
    """
    durations = []
    for number in range(repetitions):
        case.prepare()
        begun = process_time()
        case.run(number)
        durations.append((process_time() - begun) * 1e6)
    return durations


def main() -> None:
    """Measure, and print the tables."""
    repetitions = Settings().repetitions
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors; {repetitions} times each.\n")
    rows = [
        (count, case.name, f"{median(durations):.0f}", f"{quantiles(durations, n=100)[98]:.0f}")
        for count in SIZES
        for case in cases(count)
        for durations in (timed(case, repetitions),)
    ]
    print(markdown.table(HEAD, rows), end="\n\n")
    for count in SIZES:
        print(f"The first decision of a new function with {count} policies: {first_decision(count):.0f} ms")


if __name__ == "__main__":
    main()
