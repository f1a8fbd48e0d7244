"""No policy takes the validation or a decision more than a bounded number of operations."""

from __future__ import annotations

import cedarpy
import pytest

from mosaic.rails.guard import GuardRequest, decide
from mosaic.rails.nesting import MAX_HEIGHT, height_of
from mosaic.rails.policy import MAX_SLICED_SIZE, PolicySet, base_policies
from mosaic.rails.policy_checks import MAX_MESSAGE
from tests.unit.rails.policy_text import policy, reasons

SET_FORM = '["a", "b"].contains(context.branch)'


def alternatives(count: int, operator: str = " || ") -> str:
    return operator.join(f'context.branch == "b{number}"' for number in range(count))


def nested_equality(depth: int) -> str:
    """A condition whose formula doubles with each level."""
    condition = 'context.role == "guest"'
    for number in range(depth):
        condition = f'(context.branch == "b{number}") == ({condition})'
    return condition


def request(repository: str = "acme/shop", branch: str = "main") -> GuardRequest:
    return GuardRequest(
        workspace_id="demo",
        profile="weaver",
        repository=repository,
        job_type="code-task",
        source="github",
        actor="github:ada",
        branch=branch,
        required=("code:write",),
    )


def test_many_alternatives_name_the_set_form() -> None:
    assert reasons(policy(alternatives(95))) == []
    [reason] = reasons(policy(alternatives(120)))
    assert "100 levels" in reason
    assert SET_FORM in reason
    many = ", ".join(f'"b{number}"' for number in range(1000))
    assert reasons(policy(f"[{many}].contains(context.branch)")) == []


# Texts just above MAX_HEIGHT. Cedar's parser reads each of them without harm, so a missing guard fails the test only.
DEEP: dict[str, str] = {
    "brackets": "(" * 151 + "true" + ")" * 151,
    "lists": "[" * 151 + "true" + "]" * 151,
    "records": "{a:" * 151 + "true" + "}" * 151,
    "open brackets": "(" * 151,
    "conditions": "if true then true else " * 301 + "true",
    "alternatives": " || ".join(["true"] * 302),
    "conjunctions": " && ".join(["true"] * 302),
    "attributes": "context" + ".a" * 301,
    "sums": "1" + "+1" * 300 + " == 1",
    "products": "1" + "*1" * 300 + " == 1",
    "calls": "ip(" * 151 + '"a"' + ")" * 151,
    "brackets and alternatives": "(" * 101 + "true" + " || true)" * 101,
}


@pytest.mark.parametrize("kind", DEEP)
def test_deep_text_does_not_reach_the_parser(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    monkeypatch.setattr(cedarpy, "policies_to_pst", read.append)
    assert height_of(DEEP[kind]) > MAX_HEIGHT
    assert "nested too deeply" in reasons(policy(DEEP[kind]))[0]
    assert read == []


@pytest.mark.parametrize(
    ("text", "height"),
    [
        ("a || b || c", 2),
        ("a && b || c && d", 2),
        ("((a))", 2),
        ("[a, b, c]", 1),
        ('"((((" || a // ((((', 1),
    ],
)
def test_height_counts_operators_and_brackets(text: str, height: int) -> None:
    assert height <= height_of(text) <= height + 3


def test_usual_policies_are_far_from_the_height() -> None:
    assert max(height_of(policy.text) for policy in base_policies().policies) < MAX_HEIGHT // 10


@pytest.mark.parametrize(
    "condition",
    [
        'resource.name == "' + "a" * 60 + '" && resource.name like "' + "*a" * 60 + '*b"',
        " && ".join(f'(context.branch like "*a{n}*" || context.branch like "*b{n}*")' for n in range(80))
        + ' && context.branch == "main"',
        " && ".join(f"({alternatives(15)})" for _ in range(30)) + ' && context.branch like "x*"',
    ],
    ids=["wildcards", "choices", "contradictions"],
)
def test_costly_condition_is_decided(condition: str) -> None:
    [reason] = reasons(policy(condition))
    assert "can never match" in reason


def test_condition_beyond_the_limit_is_refused() -> None:
    [reason] = reasons(policy(nested_equality(12)))
    assert "is too complex to check (more than 2000 comparisons)" in reason
    pairs = " && ".join(
        f'(context.branch like "*{a}*{b}*" || context.branch like "{b}*{a}*")'
        for a in "abcdef"
        for b in "uvwxyz"
    )
    [reason] = reasons(policy(f'{pairs} && context.branch like "*g*" && !(context.branch like "*a*u*v*w*")'))
    assert "is too complex to check (more than 300000 operations)" in reason


@pytest.mark.parametrize(
    "condition",
    [
        f'context.labels.contains("{"a" * 20_000}\\u{{430}}")',
        f'context.branch == "{"a" * 20_000}"',
        f'context.branch like "{"*a" * 10_000}"',
        f'context.{"a" * 20_000} == "x"',
    ],
    ids=["look-alike", "value", "pattern", "attribute"],
)
def test_long_text_is_not_repeated(condition: str) -> None:
    [reason] = reasons(policy(condition))
    assert len(reason) <= MAX_MESSAGE + 1


def test_large_set_is_decided_by_cedar_alone() -> None:
    text = "".join(policy(nested_equality(7), "forbid", f"p{number}") for number in range(20))
    assert reasons(text) == []
    policy_set = base_policies().with_workspace_policies(text)
    sizes = sum(one.conditions.holds.size for one in policy_set.policies)
    assert sizes > MAX_SLICED_SIZE
    sliced = PolicySet("".join(one.text for one in base_policies().policies), text[: text.index('@id("p1")')])
    for branch in ("main", "b0", "b1"):
        whole, few = (decide(request(branch=branch), one) for one in (policy_set, sliced))
        assert (whole.decision, whole.capabilities) == (few.decision, few.capabilities)
