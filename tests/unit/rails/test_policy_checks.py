"""Workspace policies are validated; each problem has its line."""

from __future__ import annotations

import json
from importlib.resources import files

import cedarpy
import pytest

from mosaic.rails.policy import base_policies
from mosaic.rails.policy_checks import MAX_POLICIES, MAX_POLICY_BYTES, PolicyProblem, problems
from mosaic.rails.policy_source import parse
from mosaic.rails.schema import schema

NOTES = '@id("mine")\n@reason("because")\n'
ALWAYS = "(principal, action, resource)"


def problems_of(text: str) -> list[tuple[int, str]]:
    return [(one.line, one.reason) for one in problems(text, "demo", ("code-task", "review"))]


def test_base_policies_match_the_schema() -> None:
    text = (files("mosaic.rails") / "policies" / "base.cedar").read_text("utf-8")
    result = cedarpy.validate_policies(text, json.dumps(schema()))
    assert result.validation_passed, [str(error) for error in result.errors]


def test_base_policies_pass_all_checks_but_their_id() -> None:
    text = (files("mosaic.rails") / "policies" / "base.cedar").read_text("utf-8")
    assert problems_of(text.replace('@id("base.', '@id("my.')) == []
    assert all(policy.id.startswith("base.") and policy.reason for policy in base_policies().policies)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "// nothing to add",
        NOTES + f"permit {ALWAYS};",
        NOTES + '@mode("observe")\nforbid (principal, action, resource) when { context.branch == "main" };',
        NOTES + '@mode("enforce")\nforbid (principal == Mosaic::Profile::"demo/weaver", action, resource);',
        NOTES + f'forbid {ALWAYS} when {{ context.branch like "rel*" && !(context.branch like "*-rc") }};',
        NOTES + f'forbid {ALWAYS} when {{ context.paths.containsAny(["infra/", "ci/"]) }};',
        NOTES
        + f'forbid {ALWAYS} when {{ resource == Mosaic::Repository::"acme/shop" && resource.owner == "acme" }};',
        NOTES + f'permit {ALWAYS} when {{ context has role && context["role"] != "guest" }};',
        NOTES + f'permit {ALWAYS} when {{ if context.role == "guest" then false else context.granted }};',
        f'@id("a.b-c_1") @reason("a; b // \\"c\\"") permit {ALWAYS};',
    ],
)
def test_valid_policies_are_accepted(text: str) -> None:
    assert problems_of(text) == []


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        # It does not parse.
        (f"\n\n{NOTES}permit (principal, action, resource", 3, "unexpected end of input"),
        (f"{NOTES}permit (\n  principal,\n  action\n  resource\n);", 6, "unexpected token `resource`"),
        (f"{NOTES}permit {ALWAYS}\nwhen {{\n  context.granted &&& true\n}};", 5, "invalid token"),
        (f"{NOTES}permt {ALWAYS};", 3, "invalid policy effect: permt"),
        (f"{NOTES}permit (principal,\n action,\n resouce);", 5, "invalid variable"),
        (f'{NOTES}permit {ALWAYS};\n"', 4, "invalid token"),
        ("nonsense", 1, "unexpected end of input"),
        # It is invalid under the schema.
        (
            f'{NOTES}permit (principal, action == Mosaic::Action::"git:pusch", resource);',
            3,
            "unrecognized action",
        ),
        (f'{NOTES}permit (principal, action == Action::"git:push", resource);', 3, "unrecognized action"),
        (f"{NOTES}permit (principal is Human, action, resource);", 3, "unrecognized entity type `Human`"),
        (f'{NOTES}permit {ALWAYS}\nwhen {{ resource.stars == "x" }};', 4, "attribute `stars`"),
        (f"{NOTES}permit {ALWAYS}\nwhen {{ context.hour }};", 4, "attribute `hour` in context not found"),
        (f"{NOTES}permit {ALWAYS} when {{ context.jobType == 3 }};", 1, "not compatible"),
        # It computes, which can fail.
        (
            f"{NOTES}permit {ALWAYS} when {{ 9223372036854775807 + 1 == 2 }};",
            1,
            "add: requests have no numbers",
        ),
        (f'{NOTES}permit {ALWAYS} when {{ ip("127.0.0.1").isLoopback() }};', 1, "ip, is_loopback: requests"),
        # Its annotations are missing or invalid.
        (f'@reason("because")\npermit {ALWAYS};', 1, "has no id"),
        (f'@id("")\n@reason("because")\npermit {ALWAYS};', 1, "has no id"),
        (f'@id("a b")\n@reason("because")\npermit {ALWAYS};', 1, "its @id should be"),
        (f'@id("base.mine")\n@reason("because")\npermit {ALWAYS};', 1, "reserved"),
        (f'@id("default-deny")\n@reason("because")\npermit {ALWAYS};', 1, "reserved"),
        (f'@id("a")\n@id("b")\n@reason("because")\npermit {ALWAYS};', 1, "duplicate annotation"),
        (f"{NOTES}permit {ALWAYS};\n{NOTES}forbid {ALWAYS};", 4, "is also that of the policy in line 1"),
        (f'@id("mine")\npermit {ALWAYS};', 1, "has no reason"),
        (f'@id("mine")\n@reason(" ")\npermit {ALWAYS};', 1, "has no reason"),
        (f'@id("mine")\n@reason("{"x" * 201}")\npermit {ALWAYS};', 1, "longer than 200 characters"),
        (f'{NOTES}@mode("watch")\npermit {ALWAYS};', 1, "its @mode should be"),
        (f'{NOTES}@moed("observe")\npermit {ALWAYS};', 1, "@moed is not a known annotation"),
        # It is a template.
        (f"{NOTES}permit (principal == ?principal, action, resource);", 1, "templates are not supported"),
        # It names unknown things.
        (
            f'{NOTES}permit (principal == Mosaic::Profile::"other/weaver", action, resource);',
            3,
            "never `other/weaver`",
        ),
        (
            f'{NOTES}permit (principal == Mosaic::Profile::"demo/weever", action, resource);',
            3,
            "never `demo/weever`",
        ),
        (f'{NOTES}permit {ALWAYS}\nwhen {{ principal.workspace == "other" }};', 4, "never `other`"),
        (f'{NOTES}permit {ALWAYS}\nunless {{ principal.profile == "weever" }};', 4, "never `weever`"),
        (f'{NOTES}permit {ALWAYS}\nunless {{ context.jobType == "tea-time" }};', 4, "never `tea-time`"),
        (f'{NOTES}permit {ALWAYS}\nwhen {{ context.role != "guset" }};', 4, "never `guset`"),
        (
            f'{NOTES}permit {ALWAYS}\nwhen {{ ["api", "gitlab"].contains(context.source) }};',
            4,
            "never `gitlab`",
        ),
        (f'{NOTES}permit (principal, action, resource == Mosaic::Repository::"Acme/Shop");', 3, "lower case"),
        (f'{NOTES}permit (principal, action, resource == Mosaic::Repository::"shop");', 3, "owner/name"),
        # It uses a grant or an approval to forbid.
        (f"{NOTES}forbid {ALWAYS}\nwhen {{ context.granted }};", 1, "context.granted may only widen rights"),
        (
            f"{NOTES}permit {ALWAYS}\nunless {{ context.approved }};",
            1,
            "context.approved may only widen rights",
        ),
        (
            f"{NOTES}permit {ALWAYS}\nwhen {{ context.granted == false }};",
            1,
            "context.granted may only widen rights",
        ),
        # It can never match.
        (f"{NOTES}permit {ALWAYS} when {{ false }};", 1, "can never match"),
        (
            f'{NOTES}permit (principal, action == Mosaic::Action::"level:read", resource);',
            1,
            "can never match",
        ),
        (
            f'{NOTES}permit {ALWAYS} when {{ principal.profile == "weaver" && principal.profile == "runner" }};',
            1,
            "can never match",
        ),
        (
            f'{NOTES}permit (principal, action == Mosaic::Action::"git:push", resource)\n'
            'when { action in Mosaic::Action::"level:read" };',
            1,
            "can never match",
        ),
        (
            f'{NOTES}permit (principal, action, resource == Mosaic::Repository::"acme/shop")\n'
            'when { resource.owner == "other" };',
            1,
            "can never match",
        ),
        (
            f'{NOTES}forbid {ALWAYS} when {{ context.branch == "main" && context.branch like "rel*" }};',
            1,
            "can never",
        ),
        (
            f'{NOTES}forbid {ALWAYS} when {{ context.role == "guest" }} unless {{ context.role == "guest" }};',
            1,
            "can never",
        ),
        (
            f'{NOTES}forbid {ALWAYS} when {{ context.labels.contains("x") && context.labels.isEmpty() }};',
            1,
            "can never",
        ),
        (f"{NOTES}forbid {ALWAYS} when {{ !(context has branch) }};", 1, "can never match"),
        (f'{NOTES}forbid {ALWAYS} when {{ "a" == "b" }};', 1, "can never match"),
    ],
)
def test_invalid_policies_have_line_and_reason(text: str, line: int, reason: str) -> None:
    [(at, message)] = problems_of(text)
    assert (at, reason in message) == (line, True), message


def test_all_problems_are_reported() -> None:
    text = f'permit (principal;\n\n{NOTES}permit {ALWAYS} when {{ false }};\n@id("b") permit {ALWAYS};\n'
    assert [line for line, _ in problems_of(text)] == [1, 3, 6]


def test_number_and_size_of_policies_are_limited() -> None:
    def named(count: int, reason: str = "r") -> str:
        return "".join(f'@id("p{n}") @reason("{reason}") permit {ALWAYS};\n' for n in range(count))

    assert problems_of(named(MAX_POLICIES)) == []
    assert problems_of(named(MAX_POLICIES + 1)) == [(MAX_POLICIES + 1, "at most 100 policies are allowed")]
    assert problems_of("//" + "x" * (MAX_POLICY_BYTES - 2)) == []
    assert problems_of("//" + "x" * (MAX_POLICY_BYTES - 3) + "é") == [
        (1, "the policies are larger than 32768 bytes")
    ]


def test_policy_has_text_line_and_annotations() -> None:
    text = f'// of the team\n{NOTES}@mode("observe")\nforbid {ALWAYS} // ; no end\nwhen {{ context.branch == ";" }};\n'
    (result,) = parse(text)
    assert (result.id, result.reason, result.effect, result.observed, result.line) == (
        "mine",
        "because",
        "forbid",
        True,
        2,
    )
    assert result.text == text.removeprefix("// of the team\n").rstrip()


def test_parse_error_is_the_only_problem() -> None:
    assert problems("x", "demo", ()) == (PolicyProblem(1, "unexpected end of input"),)
