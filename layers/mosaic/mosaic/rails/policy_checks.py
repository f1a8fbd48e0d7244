"""Whether a workspace may have these policies: what is wrong with each, and in which line. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache

import cedarpy
from cedarpy import pst

from mosaic.rails import schema
from mosaic.rails.capabilities import CAPABILITIES
from mosaic.rails.comparisons import subnodes
from mosaic.rails.guard import SPOKEN_FOR
from mosaic.rails.monotonicity import flags_used_against
from mosaic.rails.policy import BASE_PREFIX
from mosaic.rails.policy_source import ENFORCE, OBSERVE, Policy, Statement, policy, statements
from mosaic.rails.satisfiability import Domains, comparisons, is_satisfiable

MAX_POLICIES = 100
MAX_POLICY_BYTES = 32 * 1024
MAX_REASON = 200
MAX_PROBLEMS = 20

_ANNOTATIONS = ("id", "reason", "mode")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_FOR_POLICY = re.compile(r"^for policy `\w+`, ")
_PER_ACTION = re.compile(r" for Mosaic::Action::\"[^\"]*\"")
# What is left of Cedar's operators cannot fail, so that no policy is ever passed over.
_OPERATIONS = (pst.UnaryOp, pst.BinaryOp)
_TOTAL_OPERATORS: frozenset[str] = frozenset(
    {"not", "is_empty", "eq", "not_eq", "and", "or", "in", "contains", "contains_all", "contains_any"}
)
_NO_ACTION = "unable to find an applicable action given the policy scope constraints"


@dataclass(frozen=True)
class PolicyProblem:
    """What is wrong with a policy, and in which line of the text."""

    line: int
    reason: str


def problems(text: str, workspace_id: str, job_types: Collection[str]) -> tuple[PolicyProblem, ...]:
    """What forbids these policies in a workspace with these job types, in the order of the text; MAX_PROBLEMS at most.

    A policy has to parse, to be valid under the schema, to have a name of its own and a reason, to be able to match,
    and to name nothing that there is not.
    """
    found = list(statements(text))
    if len(text.encode()) > MAX_POLICY_BYTES:
        return (PolicyProblem(1, f"the policies are over {MAX_POLICY_BYTES} bytes"),)
    if len(found) > MAX_POLICIES:
        return (PolicyProblem(found[MAX_POLICIES].line, f"there may be {MAX_POLICIES} policies, no more"),)
    domains, taken = _domains(workspace_id, job_types), dict[str, int]()
    return tuple(problem for each in found for problem in _statement_problems(each, domains, taken))[
        :MAX_PROBLEMS
    ]


def _domains(workspace_id: str, job_types: Collection[str]) -> Domains:
    return {
        "principal": schema.principals(workspace_id),
        "action": frozenset(CAPABILITIES),
        "resource.workspace": frozenset({workspace_id}),
        "context.jobType": frozenset(job_types),
        "context.source": frozenset(schema.SOURCES),
        "context.role": frozenset(schema.ROLES),
        "context.granted": frozenset({True, False}),
        "context.approved": frozenset({True, False}),
    }


def _statement_problems(
    statement: Statement, domains: Domains, taken: dict[str, int]
) -> Iterator[PolicyProblem]:
    try:
        found = policy(statement)
    except ValueError as error:
        yield PolicyProblem(statement.place(str(error)), str(error))
        return
    badly = (*_id_problems(found, taken), *_annotation_problems(found))
    yield from (PolicyProblem(found.line, reason) for reason in badly)
    taken.setdefault(found.id, found.line)
    unfit = dict.fromkeys(_schema_problems(found)) or dict.fromkeys(_unknown_values(found, domains))
    yield from (PolicyProblem(statement.place(reason), reason) for reason in unfit)
    if not unfit and not is_satisfiable(found.conditions, domains):
        yield PolicyProblem(found.line, "can never match: its conditions contradict each other or its scope")


def _id_problems(policy: Policy, taken: dict[str, int]) -> Iterator[str]:
    if not _ID.fullmatch(policy.id):
        yield "its @id should be 1 to 64 letters, digits, dots, dashes and underscores"
    if policy.id.startswith(BASE_PREFIX) or policy.id in SPOKEN_FOR:
        yield f"its @id {policy.id} is reserved: names of base policies begin with {BASE_PREFIX}"
    if policy.id in taken:
        yield f"its @id {policy.id} is that of the policy in line {taken[policy.id]}"


def _annotation_problems(policy: Policy) -> Iterator[str]:
    notes = policy.tree.annotations
    if not policy.reason.strip():
        yield 'has no reason: say why it is there with @reason("…")'
    if len(policy.reason) > MAX_REASON:
        yield f"its @reason is over {MAX_REASON} characters"
    if notes.get("mode", ENFORCE) not in (ENFORCE, OBSERVE):
        yield f'its @mode should be "{OBSERVE}" or "{ENFORCE}"'
    for name in notes:
        if name not in _ANNOTATIONS:
            yield f"@{name} is no annotation: there are @id, @reason and @mode"


def _schema_problems(policy: Policy) -> Iterator[str]:
    """What Cedar has against it under the schema, in words that name no policy by its number, and what we have."""
    found = cedarpy.validate_policies(policy.text, _schema())
    said = [_PER_ACTION.sub("", _FOR_POLICY.sub("", error.error)) for error in found.errors]
    plain = [each for each in said if each != _NO_ACTION]
    yield from sorted(plain)
    if len(plain) < len(said) and not plain:
        yield "can never match: no capability fits its scope"
    if (
        idle := {part.op for part in subnodes(policy.tree) if isinstance(part, _OPERATIONS)}
        - _TOTAL_OPERATORS
    ):
        yield f"{', '.join(sorted(idle))}: a request holds no numbers, times or addresses to work on"
    for flag in flags_used_against(policy.tree):
        yield f"context.{flag} may only help: a permit may ask for it, a forbid only for its lack"


def _unknown_values(policy: Policy, domains: Domains) -> Iterator[str]:
    """Comparisons with what there is not."""
    for test in comparisons(policy.tree):
        term, known = test.term, domains.get(test.term.variable)
        able = {term.part(value) for value in known} if known else None
        for name in sorted(map(str, test.named - able if able else ())):
            yield f"{term.name} is never `{name}`: there is {', '.join(sorted(map(str, able or ())))}"
        for name in sorted(map(str, test.named)):
            if term.name.startswith("resource") and name != name.lower():
                yield f"{term.name} is never `{name}`: repositories are named in lower case"
            elif term.name == "resource" and name.count("/") != 1:
                yield f"{term.name} is never `{name}`: repositories are named as owner/name"


@cache
def _schema() -> cedarpy.Schema:
    return cedarpy.Schema.from_json_str(json.dumps(schema.schema()))
