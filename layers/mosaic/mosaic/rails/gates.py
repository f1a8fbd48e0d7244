"""Gate rules: which jobs must prove what, in a declared form. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from mosaic.base import Value
from mosaic.jobs.gates import Gate, Reporter, Threshold

ANY_REPOSITORY = "*"


class AppliesWhen(Value):
    """Which jobs a rule is for: of one of the types, about one of the repositories, with any of the labels."""

    types: tuple[str, ...]
    """The job types"""
    repositories: tuple[str, ...] = (ANY_REPOSITORY,)
    """The repositories, as `owner/name`; `*` for all, and for jobs that are about none"""
    labels: tuple[str, ...] = ()
    """Labels of the issue, one of which it has to have; any issue if there are none"""

    def covers(self, job_type: str, repository: str | None, labels: Iterable[str]) -> bool:
        """Whether a job like this is one of them; repositories and labels are told apart without case."""
        places = {place.lower() for place in self.repositories}
        wanted = {label.lower() for label in self.labels}
        return (
            job_type in self.types
            and (ANY_REPOSITORY in places or (repository or "").lower() in places)
            and (not wanted or any(label.lower() in wanted for label in labels))
        )

    def overlaps(self, other: AppliesWhen) -> bool:
        """Whether one job can be meant by both: a job may have any labels, so they keep nothing apart."""
        here, there = ({place.lower() for place in one.repositories} for one in (self, other))
        shared = ANY_REPOSITORY in here | there or bool(here & there)
        return shared and not set(self.types).isdisjoint(other.types)


class GateRule(Value):
    """One gate of the jobs that it applies to: what lets it pass, where its reports come from, how long they may take.

    `timeout_seconds` is the workspace's own unless given.
    """

    id: str
    """The gate's name"""
    applies_when: AppliesWhen
    """Which jobs have to pass it"""
    passes_when: tuple[Threshold, ...] = ()
    """What the reported numbers have to be, beside the reporter's own word"""
    reporter: Reporter = Reporter()
    """Where its reports come from"""
    timeout_seconds: int | None = None
    """How long its report may take once the run has ended, or a newer commit was made"""
    mandatory: bool = True
    """Whether a job cannot complete without it"""

    def gate(self, default_timeout_seconds: int) -> Gate:
        """The gate of a job's attempt, still open."""
        return Gate(
            id=self.id,
            mandatory=self.mandatory,
            reporter=self.reporter,
            passes_when=self.passes_when,
            timeout_seconds=self.timeout_seconds or default_timeout_seconds,
        )


def token_gate_rules(gates: Mapping[str, Iterable[str]]) -> tuple[GateRule, ...]:
    """A rule for each gate that types have, reported by API tokens."""
    types: dict[str, list[str]] = {}
    for job_type, names in gates.items():
        for name in names:
            types.setdefault(name, []).append(job_type)
    return tuple(
        GateRule(id=name, applies_when=AppliesWhen(types=tuple(owners))) for name, owners in types.items()
    )


DEFAULT_RULES = token_gate_rules({"code-task": ("build", "lint", "typecheck", "test", "coverage")})


def default_rules(job_types: Mapping[str, Any] | None) -> tuple[GateRule, ...]:
    """The rules of a workspace that has none: those that its types name, where they were stored when types had gates;
    else the default ones of the types that it has.
    """
    named = {name: _gates_of(known) for name, known in (job_types or {}).items()}
    if any(gates is not None for gates in named.values()):
        return token_gate_rules({name: gates or () for name, gates in named.items()})
    return tuple(
        rule for rule in DEFAULT_RULES if job_types is None or set(rule.applies_when.types) <= set(named)
    )


def without_unknown_types(rules: Iterable[GateRule], job_types: Collection[str]) -> tuple[GateRule, ...]:
    """These rules without the types that are none of `job_types`; one that is left without any is gone."""
    kept = ((rule, tuple(name for name in rule.applies_when.types if name in job_types)) for rule in rules)
    return tuple(
        rule.model_copy(update={"applies_when": rule.applies_when.model_copy(update={"types": types})})
        for rule, types in kept
        if types
    )


def _gates_of(job_type: Any) -> tuple[str, ...] | None:
    return tuple(job_type["gates"]) if isinstance(job_type, Mapping) and "gates" in job_type else None
