"""What is wrong with a workspace's gate rules: each fault with the field that it is in. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import combinations

from mosaic.jobs.gates import Reporter, Threshold, plain
from mosaic.rails.gates import ANYWHERE, GateRule

MAX_GATES = 20
"""How many gates a job can have."""

Violation = tuple[str, str]
"""The dotted field, and what is wrong with it."""

ConnectedRepositories = Collection[tuple[str, str]]
"""Provider and name, in lower case, of the repositories whose webhooks are taken; `*` for all of a provider."""


def violations(
    rules: tuple[GateRule, ...], job_types: Collection[str], connected: ConnectedRepositories
) -> Iterator[Violation]:
    """Why these rules cannot be those of a workspace with these types and repositories; nothing when they can."""
    for place, rule in enumerate(rules):
        yield from _conditions(f"gates[{place}].appliesWhen", rule, job_types)
        yield from _thresholds(f"gates[{place}].passesWhen", rule.passes_when)
        yield from _reporter(f"gates[{place}].reporter", rule, connected)
    yield from _conflicts(rules)
    for job_type in job_types:
        count = len({rule.id for rule in rules if job_type in rule.applies_when.types})
        if count > MAX_GATES:
            yield "gates", f"may give jobs of the type {job_type} at most {MAX_GATES} gates, not {count}"


def _conditions(field: str, rule: GateRule, job_types: Collection[str]) -> Iterator[Violation]:
    for place, job_type in enumerate(rule.applies_when.types):
        if job_type not in job_types:
            yield f"{field}.types[{place}]", f"must be one of {', '.join(sorted(job_types))}"
    places = rule.applies_when.repositories
    if ANYWHERE in places and len(places) > 1:
        yield f"{field}.repositories", "names all repositories by *, and others beside it"


def _thresholds(field: str, thresholds: tuple[Threshold, ...]) -> Iterator[Violation]:
    seen: set[str] = set()
    for place, limit in enumerate(thresholds):
        low, high = limit.at_least, limit.at_most
        if limit.number in seen:
            yield f"{field}[{place}].number", f"has limits on {limit.number} twice; put them into one"
        seen.add(limit.number)
        if low is None and high is None:
            yield f"{field}[{place}]", "needs atLeast or atMost"
        if low is not None and high is not None and low > high:
            yield (
                f"{field}[{place}]",
                f"can never hold: {limit.number} at least {plain(low)} and at most {plain(high)}",
            )


def _reporter(field: str, rule: GateRule, connected: ConnectedRepositories) -> Iterator[Violation]:
    reporter = rule.reporter
    if reporter.kind == "token":
        for name in ("provider", "context", "by"):
            if getattr(reporter, name):
                yield (
                    f"{field}.{name}",
                    "is for checks of a forge; tokens are limited to gates by POST /tokens",
                )
        return
    if reporter.provider is None:
        yield f"{field}.provider", "is needed for a check of a forge"
    if not reporter.context:
        yield f"{field}.context", "is needed for a check of a forge: its context, or a check run's name"
    if (reporter.kind, reporter.provider) == ("check_run", "gitea"):
        yield f"{field}.kind", "must be status: Gitea has no check runs"
    if reporter.provider:
        yield from _heard(field, rule, connected)


def _heard(field: str, rule: GateRule, connected: ConnectedRepositories) -> Iterator[Violation]:
    """A check that the workspace never hears of would keep its jobs waiting until their time is over."""
    provider = rule.reporter.provider
    known = {name for one, name in connected if one == provider}
    if not known:
        yield f"{field}.provider", f"cannot be {provider}: no repository of the workspace is there"
    elif ANYWHERE not in known:
        places = {place.lower() for place in rule.applies_when.repositories}
        meant = {name for one, name in connected if one != "mosaic"} if ANYWHERE in places else places
        for place in sorted(meant - known):
            yield f"{field}.provider", f"cannot be {provider}: it sends the workspace no webhooks of {place}"


def _conflicts(rules: tuple[GateRule, ...]) -> Iterator[Violation]:
    for (first, one), (second, other) in combinations(enumerate(rules), 2):
        if not one.applies_when.overlaps(other.applies_when):
            continue
        if one.id == other.id:
            yield f"gates[{second}].id", f"gates[{first}] has the same id and can apply to the same job"
        elif _same_check(one.reporter, other.reporter):
            yield (
                f"gates[{second}].reporter",
                f"is the check that reports {one.id} (gates[{first}]) for the same job",
            )


def _same_check(one: Reporter, other: Reporter) -> bool:
    told = (one.kind, one.provider, one.context)
    apart = one.by and other.by and {x.lower() for x in one.by}.isdisjoint(x.lower() for x in other.by)
    return one.kind != "token" and told == (other.kind, other.provider, other.context) and not apart
