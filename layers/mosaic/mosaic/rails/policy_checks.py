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
from mosaic.rails.attribute_domains import Domains, domains_of, pattern_problem, value_problem
from mosaic.rails.comparisons import Conditions, Named, subnodes
from mosaic.rails.guard import BUILT_IN_REASONS
from mosaic.rails.monotonicity import flags_used_against
from mosaic.rails.policy import BASE_PREFIX
from mosaic.rails.policy_source import ENFORCE, OBSERVE, Policy, Statement, parse_policy, statements
from mosaic.rails.satisfiability import is_satisfiable
from mosaic.rails.wildcards import Wildcard
from mosaic.rails.work_limit import WorkLimit, WorkLimitExceeded

MAX_POLICIES = 100
MAX_POLICY_BYTES = 32 * 1024
MAX_REASON = 200
MAX_PROBLEMS = 20
MAX_MESSAGE = 1000
# The most comparisons of one policy, and the most operations to check all policies of a text. An operation takes
# about a microsecond, whatever the policies are, so the check takes less than a second.
MAX_SIZE = 2000
MAX_OPERATIONS = 300_000

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
    checked = _Checked(domains_of(workspace_id, job_types), WorkLimit(MAX_OPERATIONS), {})
    found = (_statement_problems(statement, checked) for statement in policies)
    return tuple(chain.from_iterable(found))[:MAX_PROBLEMS]


@dataclass(frozen=True)
class _Checked:
    """What the checks of a text's policies share."""

    domains: Domains
    limit: WorkLimit
    line_by_id: dict[str, int]


def _statement_problems(statement: Statement, checked: _Checked) -> Iterator[PolicyProblem]:
    try:
        policy = parse_policy(statement)
    except ValueError as error:
        yield _problem(statement, str(error))
        return
    for reason in (*_id_problems(policy, checked.line_by_id), *_annotation_problems(policy)):
        yield PolicyProblem(policy.line, reason)
    checked.line_by_id.setdefault(policy.id, policy.line)
    invalid = dict.fromkeys(_schema_problems(policy)) or dict.fromkeys(_condition_problems(policy, checked))
    yield from (_problem(statement, reason) for reason in invalid)


def _problem(statement: Statement, reason: str) -> PolicyProblem:
    """A problem at its line. Errors repeat parts of the text, which may be long."""
    shown = reason if len(reason) <= MAX_MESSAGE else reason[:MAX_MESSAGE] + "…"
    return PolicyProblem(statement.line_of(reason), shown)


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


def _condition_problems(policy: Policy, checked: _Checked) -> Iterator[str]:
    """Conditions that no request satisfies, or that a grant or an approval turns against the agent."""
    try:
        if policy.conditions.size > 2 * MAX_SIZE:
            yield _too_complex(f"more than {MAX_SIZE} comparisons")
        else:
            yield from _unknown_values(policy.conditions, checked) or _logic_problems(policy, checked)
    except WorkLimitExceeded as error:
        yield _too_complex(str(error))


def _logic_problems(policy: Policy, checked: _Checked) -> Iterator[str]:
    domains, limit = checked.domains, checked.limit
    for flag in flags_used_against(policy.effect, policy.conditions, domains, limit):
        yield f"context.{flag} may only widen rights: a permit may require it, a forbid only its absence"
    if not is_satisfiable((policy.conditions.holds,), domains, limit):
        yield "can never match: its conditions contradict each other or its scope"


def _too_complex(reason: str) -> str:
    return (
        f"is too complex to check ({reason}): write alternatives as "
        '["a", "b"].contains(context.branch), or nest fewer conditions'
    )


def _unknown_values(conditions: Conditions, checked: _Checked) -> tuple[str, ...]:
    """Comparisons with values that do not exist."""
    found = (_named_problem(named, checked) for named in conditions.named)
    return tuple(problem for problem in found if problem)


def _named_problem(named: Named, checked: _Checked) -> str | None:
    domain = checked.domains[named.attribute]
    if isinstance(named.value, Wildcard):
        return pattern_problem(named.attribute, named.value, domain, checked.limit)
    return value_problem(named.attribute, named.value, domain)


@cache
def _schema() -> cedarpy.Schema:
    return cedarpy.Schema.from_json_str(json.dumps(schema.schema()))
