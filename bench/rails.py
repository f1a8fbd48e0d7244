"""`python -m bench.rails`: see `make bench-rails`. What a decision of the guard rails costs, by number of policies."""

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
from mosaic.rails.policy import PolicyBook, base_policies

SIZES = (5, 50, 500)
REQUIRED = ("git:push", "pr:create")
HEAD = ("policies beside the base policies", "what", "p50 µs", "p99 µs")


class Settings(BaseSettings):
    """How often each decision is taken: the variable REPETITIONS."""

    repetitions: int = Field(default=2000, ge=100)


@dataclass(frozen=True)
class Case:
    """One row: what is timed, and what has to be done before each time."""

    name: str
    run: Callable[[int], object]
    prepare: Callable[[], None] = lambda: None


def policies(count: int) -> str:
    """As many policies as a workspace could have, about branches, paths, labels, repositories and roles in turn."""
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
    told = (kinds[number % len(kinds)] % number for number in range(count))
    return "\n".join(f'@id("p{number}")\n@reason("r")\n{policy}' for number, policy in enumerate(told))


def request(number: int) -> GuardRequest:
    """A weaver's job that wants to push and to open a pull request: another one with each number."""
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
    """What is measured with this many policies."""
    own, base = policies(count), base_policies()
    book = base.joined(own)
    return (
        Case("one job after another", lambda number: decide(request(number), book)),
        Case("no answer remembered", lambda number: decide(request(number), book), book._answer.cache_clear),
        Case("the same questions put to Cedar in full", _in_full(book)),
    )


def first_decision(count: int) -> float:
    """Milliseconds until a new function has decided: texts parsed, policies sorted by whom they can concern."""
    own = policies(count)
    begun = process_time()
    decide(request(0), PolicyBook(base_policies()._base, own))
    return (process_time() - begun) * 1e3


def _in_full(book: PolicyBook) -> Callable[[int], object]:
    """The same questions put to Cedar as they are, one by one."""
    parsed = cedarpy.PolicySet.from_str("\n".join(policy.text for policy in book.policies))
    entities = cedarpy.Entities.from_json_str(
        json.dumps([*schema.actions(), *schema.participants("demo", "weaver", "acme/shop")])
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

    def ask(_: int) -> object:
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

    return ask


def timed(case: Case, repetitions: int) -> Sequence[float]:
    """Microseconds of the processor for every repetition: what else this machine does need not be measured."""
    taken = []
    for number in range(repetitions):
        case.prepare()
        begun = process_time()
        case.run(number)
        taken.append((process_time() - begun) * 1e6)
    return taken


def main() -> None:
    """Measure and print."""
    repetitions = Settings().repetitions
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors; {repetitions} times each.\n")
    rows = [
        (count, case.name, f"{median(taken):.0f}", f"{quantiles(taken, n=100)[98]:.0f}")
        for count in SIZES
        for case in cases(count)
        for taken in (timed(case, repetitions),)
    ]
    print(markdown.table(HEAD, rows), end="\n\n")
    for count in SIZES:
        print(f"The first decision of a new function with {count} policies: {first_decision(count):.0f} ms")


if __name__ == "__main__":
    main()
