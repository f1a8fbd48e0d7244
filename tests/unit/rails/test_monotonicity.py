"""A grant or an approval never turns a yes into a no, however a policy says so."""

from __future__ import annotations

import pytest

from tests.unit.rails.policy_text import policy, reasons

WIDENING = (
    "context.approved != false",
    "context.approved == true",
    "true == context.approved",
    "(context.approved == true) == true",
    "!(!context.granted)",
    "!context.granted || context.granted",
    'if context.granted then true else context.role == "admin"',
    'if context.role == "guest" then context.approved else context.granted',
    'if context.approved then context.role != "guest" else (context.role != "guest" && context.granted)',
    'if context.approved then context.branch like "a*" else context.branch like "ab*"',
    '(context.branch like "a*" || context.granted) && (context.branch like "b*" || context.approved)',
    "(context.granted && context.approved) || (!context.granted && context.approved)",
)
NARROWING = (
    "context.approved == false",
    "context.approved != true",
    "!context.approved",
    "if context.approved then false else true",
    'if context.approved then context.branch like "ab*" else context.branch like "a*"',
    'if context.granted then context.role == "admin" else true',
    '!(context.granted || context.role == "admin")',
    'context.branch == "main" && !context.granted',
)
NEITHER = (
    "context.approved == context.granted",
    "context.approved != context.granted",
    'context.approved == (context.role == "admin")',
    'if context.approved then context.branch == "a" else context.branch == "b"',
    "[context.granted].contains(true)",
)


@pytest.mark.parametrize("condition", WIDENING)
def test_permit_may_require_a_grant(condition: str) -> None:
    assert reasons(policy(condition, "permit")) == []


@pytest.mark.parametrize("condition", NARROWING)
def test_forbid_may_require_the_absence(condition: str) -> None:
    assert reasons(policy(condition, "forbid")) == []


@pytest.mark.parametrize(
    ("condition", "effect"),
    [
        *(
            (condition, "forbid")
            for condition in WIDENING
            if condition != "!context.granted || context.granted"
        ),
        *((condition, "permit") for condition in NARROWING),
        *((condition, effect) for condition in NEITHER for effect in ("permit", "forbid")),
    ],
)
def test_flag_that_narrows_rights_is_refused(condition: str, effect: str) -> None:
    found = reasons(policy(condition, effect))
    assert found
    assert all("may only widen rights" in reason for reason in found)
