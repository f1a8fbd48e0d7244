"""Gate rules: which gates apply to which jobs. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from mosaic.base import Value
from mosaic.jobs.gates import Gate, Reporter, Threshold
from mosaic.jobs.reporter_scope import ANY_REPOSITORY as ANY_REPOSITORY


class AppliesWhen(Value):
    """Selects jobs by type, repository and label."""

    types: tuple[str, ...]
    """The job types"""
    repositories: tuple[str, ...] = (ANY_REPOSITORY,)
    """The repositories, as `owner/name`; `*` matches all, and jobs without a repository"""
    labels: tuple[str, ...] = ()
    """The issue needs at least one of these labels; an empty list matches any issue"""

    def covers(self, job_type: str, repository: str | None, labels: Iterable[str]) -> bool:
        """Returns whether the rule applies to such a job. Repositories and labels ignore case."""
        repositories = {name.lower() for name in self.repositories}
        any_of = {label.lower() for label in self.labels}
        return (
            job_type in self.types
            and (ANY_REPOSITORY in repositories or (repository or "").lower() in repositories)
            and (not any_of or any(label.lower() in any_of for label in labels))
        )

    def overlaps(self, other: AppliesWhen) -> bool:
        """Returns whether both can apply to one job. Labels do not separate rules: a job may have any."""
        ours, theirs = ({name.lower() for name in rule.repositories} for rule in (self, other))
        share_repository = ANY_REPOSITORY in ours | theirs or bool(ours & theirs)
        return share_repository and not set(self.types).isdisjoint(other.types)


class GateRule(Value):
    """One gate of the jobs that it applies to.

    The default of `timeout_seconds` is that of the workspace.
    """

    id: str
    """The gate's name"""
    applies_when: AppliesWhen
    """The jobs that the gate applies to"""
    passes_when: tuple[Threshold, ...] = ()
    """Thresholds that the reported numbers must meet, in addition to the status `passed`"""
    reporter: Reporter = Reporter()
    """The source of the gate's reports"""
    timeout_seconds: int | None = None
    """The maximum time from the end of the run, or from a newer commit, to the report"""
    mandatory: bool = True
    """Whether a job needs this gate to complete"""

    def gate(self, default_timeout_seconds: int) -> Gate:
        """Returns the open gate for a job's attempt."""
        return Gate(
            id=self.id,
            mandatory=self.mandatory,
            reporter=self.reporter,
            passes_when=self.passes_when,
            timeout_seconds=self.timeout_seconds or default_timeout_seconds,
        )


def token_gate_rules(gates: Mapping[str, Iterable[str]]) -> tuple[GateRule, ...]:
    """Returns a rule for each gate of the job types, reported with API tokens."""
    types: dict[str, list[str]] = {}
    for job_type, names in gates.items():
        for name in names:
            types.setdefault(name, []).append(job_type)
    return tuple(
        GateRule(id=name, applies_when=AppliesWhen(types=tuple(owners))) for name, owners in types.items()
    )


WORKFLOW_GATE = "workflow-unchanged"

DEFAULT_RULES = (
    *token_gate_rules({"code-task": ("build", "lint", "typecheck", "test", "coverage")}),
    GateRule(
        id=WORKFLOW_GATE, applies_when=AppliesWhen(types=("code-task",)), reporter=Reporter(kind="mosaic")
    ),
)


def default_rules(job_types: Mapping[str, Any] | None) -> tuple[GateRule, ...]:
    """Returns the rules of a workspace without stored rules.

    Older workspaces stored gate names in their job types; others get DEFAULT_RULES for their job types.
    """
    named = {name: _gates_of(known) for name, known in (job_types or {}).items()}
    if any(gates is not None for gates in named.values()):
        return token_gate_rules({name: gates or () for name, gates in named.items()})
    return tuple(
        rule for rule in DEFAULT_RULES if job_types is None or set(rule.applies_when.types) <= set(named)
    )


def without_unknown_types(rules: Iterable[GateRule], job_types: Collection[str]) -> tuple[GateRule, ...]:
    """Returns the rules without job types outside `job_types`, and without rules that have no type left."""
    kept = ((rule, tuple(name for name in rule.applies_when.types if name in job_types)) for rule in rules)
    return tuple(
        rule.model_copy(update={"applies_when": rule.applies_when.model_copy(update={"types": types})})
        for rule, types in kept
        if types
    )


def _gates_of(job_type: Any) -> tuple[str, ...] | None:
    return tuple(job_type["gates"]) if isinstance(job_type, Mapping) and "gates" in job_type else None
