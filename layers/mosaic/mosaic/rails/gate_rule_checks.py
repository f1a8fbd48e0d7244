"""Validates the gate rules of a workspace. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import combinations

from mosaic.jobs.actors import any_same_actor, same_login
from mosaic.jobs.gates import Reporter, ReporterKind, Threshold, plain
from mosaic.rails.gate_rules import ANY_REPOSITORY, GateRule

MAX_GATES = 20
"""The maximum number of gates of a job."""

_CHECK = {"provider", "context", "by"}
_FIELDS: dict[ReporterKind, set[str]] = {
    "token": set(),
    "oidc": {"by"},
    "status": _CHECK,
    "check_run": _CHECK,
    "mosaic": {"paths"},
}
"""The fields of each kind of reporter."""

_REPORTERS = {
    "status": 'the logins, such as ["ci-bot"],',
    "check_run": 'the slugs of the apps, such as ["github-actions"],',
    "oidc": 'the workflow files, such as ["acme/ci/.github/workflows/gates.yml@refs/heads/main"],',
}

_ACCOUNT = re.compile(r"[^#]+(#[0-9]{1,19})?")
_ACCOUNT_FORM = "must be a login, such as ci-bot, or a login with the id of its account, such as ci-bot#1234"
_APP_FORM = "must be the slug of an app, such as github-actions: only the logins of a status have ids"

Violation = tuple[str, str]
"""The dotted field and the message."""

ConnectedRepositories = Collection[tuple[str, str]]
"""Provider and lower-case name of each repository whose webhooks the workspace accepts; `*` is every name."""


def violations(
    rules: tuple[GateRule, ...], job_types: Collection[str], connected: ConnectedRepositories
) -> Iterator[Violation]:
    """Yields the violations of these rules in a workspace with these job types and repositories."""
    for index, rule in enumerate(rules):
        yield from _conditions(f"gates[{index}].appliesWhen", rule, job_types)
        yield from _thresholds(f"gates[{index}].passesWhen", rule.passes_when)
        yield from _reporter(f"gates[{index}].reporter", rule, connected)
    yield from _conflicts(rules)
    for job_type in job_types:
        count = len({rule.id for rule in rules if job_type in rule.applies_when.types})
        if count > MAX_GATES:
            yield "gates", f"give jobs of type {job_type} {count} gates, at most {MAX_GATES} are allowed"


def _conditions(field: str, rule: GateRule, job_types: Collection[str]) -> Iterator[Violation]:
    for index, job_type in enumerate(rule.applies_when.types):
        if job_type not in job_types:
            yield f"{field}.types[{index}]", f"must be one of {', '.join(sorted(job_types))}"
    repositories = rule.applies_when.repositories
    if ANY_REPOSITORY in repositories and len(repositories) > 1:
        yield f"{field}.repositories", "names * for all repositories and also single ones"


def _thresholds(field: str, thresholds: tuple[Threshold, ...]) -> Iterator[Violation]:
    numbers: set[str] = set()
    for index, threshold in enumerate(thresholds):
        low, high = threshold.at_least, threshold.at_most
        if threshold.number in numbers:
            yield f"{field}[{index}].number", f"has two thresholds for {threshold.number}; merge them"
        numbers.add(threshold.number)
        if low is None and high is None:
            yield f"{field}[{index}]", "needs atLeast or atMost"
        if low is not None and high is not None and low > high:
            yield (
                f"{field}[{index}]",
                f"can never be met: {threshold.number} at least {plain(low)} and at most {plain(high)}",
            )


def _reporter(field: str, rule: GateRule, connected: ConnectedRepositories) -> Iterator[Violation]:
    reporter = rule.reporter
    for name in sorted({"provider", "context", "by", "paths"} - _FIELDS[reporter.kind]):
        if getattr(reporter, name):
            yield f"{field}.{name}", f"does not apply to a reporter of the kind {reporter.kind}"
    if "by" in _FIELDS[reporter.kind] and not reporter.by:
        yield f"{field}.by", f"is required: {_REPORTERS[reporter.kind]} whose reports count"
    if reporter.kind in ("status", "check_run"):
        yield from _forge_check(field, rule, connected)


def _forge_check(field: str, rule: GateRule, connected: ConnectedRepositories) -> Iterator[Violation]:
    reporter = rule.reporter
    if reporter.provider is None:
        yield f"{field}.provider", "is required for a forge check"
    if not reporter.context:
        yield f"{field}.context", "is required for a forge check: the status context or the check run's name"
    for index, name in enumerate(reporter.by):
        if reporter.kind == "status" and not _ACCOUNT.fullmatch(name):
            yield f"{field}.by[{index}]", _ACCOUNT_FORM
        if reporter.kind == "check_run" and "#" in name:
            yield f"{field}.by[{index}]", _APP_FORM
    if reporter.kind == "check_run" and reporter.provider in ("gitea", "forgejo"):
        yield f"{field}.kind", "must be status: only GitHub has check runs"
    if reporter.provider:
        yield from _require_webhooks(field, rule, connected)


def _require_webhooks(field: str, rule: GateRule, connected: ConnectedRepositories) -> Iterator[Violation]:
    """Rejects a forge that sends no webhooks for a repository: its gate would always time out."""
    provider = rule.reporter.provider
    sending = {name for forge, name in connected if forge == provider}
    if not sending:
        yield f"{field}.provider", f"cannot be {provider}: the workspace has no repository there"
    elif ANY_REPOSITORY not in sending:
        repositories = {name.lower() for name in rule.applies_when.repositories}
        if ANY_REPOSITORY in repositories:
            repositories = {name for forge, name in connected if forge != "mosaic"}
        for name in sorted(repositories - sending):
            yield (
                f"{field}.provider",
                f"cannot be {provider}: it sends the workspace no webhooks for {name}",
            )


def _conflicts(rules: tuple[GateRule, ...]) -> Iterator[Violation]:
    for (first, one), (second, other) in combinations(enumerate(rules), 2):
        if not one.applies_when.overlaps(other.applies_when):
            continue
        if one.id == other.id:
            yield f"gates[{second}].id", f"is also the id of gates[{first}], which can apply to the same job"
        elif _same_check(one.reporter, other.reporter):
            yield (
                f"gates[{second}].reporter",
                f"is the same check as that of {one.id} (gates[{first}]), for the same job",
            )


def _same_check(one: Reporter, other: Reporter) -> bool:
    if one.kind not in ("status", "check_run") or (one.kind, one.provider, one.context) != (
        other.kind,
        other.provider,
        other.context,
    ):
        return False
    if one.kind == "status":
        return any(any_same_actor(account, other.accounts) for account in one.accounts)
    return any(same_login(app, name) for app in one.by for name in other.by)
