"""Validates the policies of a workspace, and names the line of each problem. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain

import cedarpy
from cedarpy import pst

from mosaic.rails import schema
from mosaic.rails.capabilities import CAPABILITIES
from mosaic.rails.comparisons import subnodes
from mosaic.rails.guard import BUILT_IN_REASONS
from mosaic.rails.monotonicity import flags_used_against
from mosaic.rails.policy import BASE_PREFIX
from mosaic.rails.policy_source import ENFORCE, OBSERVE, Policy, Statement, parse_policy, statements
from mosaic.rails.satisfiability import Domains, comparisons, is_satisfiable

MAX_POLICIES = 100
MAX_POLICY_BYTES = 32 * 1024
MAX_REASON = 200
MAX_PROBLEMS = 20

_ANNOTATIONS = ("id", "reason", "mode")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_FOR_POLICY = re.compile(r"^for policy `\w+`, ")
_PER_ACTION = re.compile(r" for Mosaic::Action::\"[^\"]*\"")
# These Cedar operators cannot fail, so Cedar never skips a policy at evaluation.
_OPERATIONS = (pst.UnaryOp, pst.BinaryOp)
_TOTAL_OPERATORS: frozenset[str] = frozenset(
    {"not", "is_empty", "eq", "not_eq", "and", "or", "in", "contains", "contains_all", "contains_any"}
)
_NO_ACTION = "unable to find an applicable action given the policy scope constraints"


@dataclass(frozen=True)
class PolicyProblem:
    """A problem of a policy and its line in the text."""

    line: int
    reason: str


def problems(text: str, workspace_id: str, job_types: Collection[str]) -> tuple[PolicyProblem, ...]:
    """Returns the problems of the policies, in the order of the text, at most MAX_PROBLEMS.

    A policy must parse, be valid under the schema, and be able to match. It needs a unique id and a reason.
    It may name only existing things.
    """
    policies = list(statements(text))
    if len(text.encode()) > MAX_POLICY_BYTES:
        return (PolicyProblem(1, f"the policies are larger than {MAX_POLICY_BYTES} bytes"),)
    if len(policies) > MAX_POLICIES:
        return (PolicyProblem(policies[MAX_POLICIES].line, f"at most {MAX_POLICIES} policies are allowed"),)
    domains, line_by_id = _domains(workspace_id, job_types), dict[str, int]()
    found = (_statement_problems(statement, domains, line_by_id) for statement in policies)
    return tuple(chain.from_iterable(found))[:MAX_PROBLEMS]


def _domains(workspace_id: str, job_types: Collection[str]) -> Domains:
    return {
        "principal": schema.principals(workspace_id),
        "action": frozenset(CAPABILITIES),
        "resource.workspace": frozenset({workspace_id}),
        "context.jobType": frozenset(job_types),
        "context.source": frozenset(schema.SOURCES),
        "context.role": frozenset(schema.ROLES),
        "context.issueAuthorRole": frozenset(schema.ROLES),
        "context.granted": frozenset({True, False}),
        "context.approved": frozenset({True, False}),
    }


def _statement_problems(
    statement: Statement, domains: Domains, line_by_id: dict[str, int]
) -> Iterator[PolicyProblem]:
    try:
        policy = parse_policy(statement)
    except ValueError as error:
        yield PolicyProblem(statement.line_of(str(error)), str(error))
        return
    for reason in (*_id_problems(policy, line_by_id), *_annotation_problems(policy)):
        yield PolicyProblem(policy.line, reason)
    line_by_id.setdefault(policy.id, policy.line)
    invalid = dict.fromkeys(_schema_problems(policy)) or dict.fromkeys(_unknown_values(policy, domains))
    yield from (PolicyProblem(statement.line_of(reason), reason) for reason in invalid)
    if not invalid and not is_satisfiable(policy.conditions, domains):
        yield PolicyProblem(policy.line, "can never match: its conditions contradict each other or its scope")


def _id_problems(policy: Policy, line_by_id: dict[str, int]) -> Iterator[str]:
    if not _ID.fullmatch(policy.id):
        yield "its @id should be 1 to 64 letters, digits, dots, dashes and underscores"
    if policy.id.startswith(BASE_PREFIX) or policy.id in BUILT_IN_REASONS:
        yield f"its @id {policy.id} is reserved; ids of base policies begin with {BASE_PREFIX}"
    if policy.id in line_by_id:
        yield f"its @id {policy.id} is also that of the policy in line {line_by_id[policy.id]}"


def _annotation_problems(policy: Policy) -> Iterator[str]:
    annotations = policy.tree.annotations
    if not policy.reason.strip():
        yield 'has no reason: add @reason("…")'
    if len(policy.reason) > MAX_REASON:
        yield f"its @reason is longer than {MAX_REASON} characters"
    if annotations.get("mode", ENFORCE) not in (ENFORCE, OBSERVE):
        yield f'its @mode should be "{OBSERVE}" or "{ENFORCE}"'
    for name in annotations:
        if name not in _ANNOTATIONS:
            yield f"@{name} is not a known annotation; use @id, @reason and @mode"


def _schema_problems(policy: Policy) -> Iterator[str]:
    """Cedar's validation errors without policy numbers, and violations of the rules of this project."""
    validation = cedarpy.validate_policies(policy.text, _schema())
    errors = [_PER_ACTION.sub("", _FOR_POLICY.sub("", error.error)) for error in validation.errors]
    specific = [error for error in errors if error != _NO_ACTION]
    yield from sorted(specific)
    if errors and not specific:
        yield "can never match: no capability fits its scope"
    operators = {node.op for node in subnodes(policy.tree) if isinstance(node, _OPERATIONS)}
    if partial := operators - _TOTAL_OPERATORS:
        yield f"{', '.join(sorted(partial))}: requests have no numbers, times or addresses to compute with"
    for flag in flags_used_against(policy.tree):
        yield f"context.{flag} may only widen rights: a permit may require it, a forbid only its absence"


def _unknown_values(policy: Policy, domains: Domains) -> Iterator[str]:
    """Comparisons with values that do not exist."""
    for comparison in comparisons(policy.tree):
        operand, domain = comparison.operand, domains.get(comparison.operand.variable)
        allowed = {operand.part(value) for value in domain} if domain else None
        for value in sorted(map(str, comparison.values - allowed if allowed else ())):
            yield f"{operand.name} is never `{value}`, only {', '.join(sorted(map(str, allowed or ())))}"
        for value in sorted(map(str, comparison.values)):
            if operand.name.startswith("resource") and value != value.lower():
                yield f"{operand.name} is never `{value}`: write repositories in lower case"
            elif operand.name == "resource" and value.count("/") != 1:
                yield f"{operand.name} is never `{value}`: write repositories as owner/name"


@cache
def _schema() -> cedarpy.Schema:
    return cedarpy.Schema.from_json_str(json.dumps(schema.schema()))
