"""A policy that compares an attribute with a value that it never has is refused, and says how to mend it."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from api.paths import BRANCH, PATH
from mosaic.constraints import Matches
from mosaic.forge.payload import is_repository
from mosaic.rails.attribute_domains import FLAGS, SETS, TEXT_DOMAINS, domains_of
from mosaic.rails.schema import ATTRIBUTES
from tests.unit.rails.policy_text import policy, reasons

CYRILLIC_A, WIDE_S, ZERO_WIDTH = "\\u{430}", "\\u{ff53}", "\\u{200b}"
# Conditions that no request satisfies, with a part of the remedy.
REFUSED = {
    'context.branch == "refs/heads/main"': "write `main`",
    'context.branch != "refs/heads/main"': "write `main`",
    '["main", "heads/dev"].contains(context.branch)': "write `dev`",
    'context.branch like "refs/heads/release/*"': "write `release/*`",
    'context.branch like "*..*"': "the short name of a branch",
    'context.branch like "* *"': "the short name of a branch",
    'context.branch == ""': "the short name of a branch",
    f'context.branch == "{"x" * 256}"': "longer than 255 characters",
    f'context.branch like "*{"x" * 256}"': "longer than 255 characters",
    'resource.name like "Shop*"': "write `shop*`",
    'resource.name == "acme/shop"': "write `shop`",
    'resource.owner == "Acme"': "write `acme`",
    'resource == Mosaic::Repository::"Acme/Shop"': "write `acme/shop`",
    'resource in [Mosaic::Repository::"shop"]': "owner/name in lower case",
    'resource == Mosaic::Repository::"a/b/c"': "owner/name in lower case",
    'context.actor == "ada"': "provider:login in lower case",
    'context.actor == "github:Ada"': "write `github:ada`",
    'context.actor like "Ada*"': "provider:login in lower case",
    'context.actor like "github:Ada*"': "write `github:ada*`",
    'context.actor == "gitlab:ada"': "provider:login in lower case",
    'context.paths.contains("./infra/")': "write `infra/`",
    'context.paths.containsAny(["src/", "/infra/"])': "write `infra/`",
    'context.paths.containsAll(["src/", "infra//prod/"])': "write `infra/prod/`",
    'context.paths == ["../infra/"]': "within the repository",
    '["infra\\\\prod"].containsAny(context.paths)': "write `infra/prod`",
    '["./infra/"].containsAll(context.paths)': "write `infra/`",
    'context.role like "own*"': "only admin, guest, member",
    'context.jobType like "code_*"': "only code-task, review",
    f'context.branch == "m{CYRILLIC_A}in"': "U+0430 CYRILLIC SMALL LETTER A",
    f'context.branch like "m{CYRILLIC_A}in*"': "U+0430 CYRILLIC SMALL LETTER A",
    f'context.paths.contains("infr{CYRILLIC_A}/")': "mixes characters that look alike",
    f'context.labels.contains("s{CYRILLIC_A}fe")': "mixes characters that look alike",
    'context.labels.contains("\\u{441}\\u{43e}\\u{440}")': "looks like `cop`",
    f'context.labels.contains("{WIDE_S}afe")': "looks like `s`",
    f'context.labels.contains("safe{ZERO_WIDTH}")': "invisible character U+200B",
    'context.labels.contains("")': "the name of a label",
    'resource.name like "caf\\u{e9}*"': "U+00E9",
    # Each comparison can be true, but not all of them.
    'context.branch like "rel*" && context.branch like "main*"': "can never match",
    'context.branch like "rel*" && !(context.branch like "r*")': "can never match",
    'context.jobType like "code*" && context.jobType like "rev*"': "can never match",
    'context.paths.contains("infra/prod/") && !context.paths.contains("infra/")': "can never match",
    'resource.owner == "" && resource.name == "shop"': "can never match",
    'resource == Mosaic::Repository::"" && resource.owner like "a*"': "can never match",
}
ACCEPTED = (
    'resource == Mosaic::Repository::""',
    'resource != Mosaic::Repository::""',
    'resource.owner == ""',
    'resource.name like "shop*"',
    'context.branch == "MAIN"',
    'context.branch like "caf\\u{e9}*"',
    'context.branch like "*"',
    'context.branch like "rel*" && context.branch like "*-rc" && !(context.branch like "*beta*")',
    'context.actor == "github:dependabot[bot]"',
    'context.actor == "token:01KG9ZZ000M3T0K3NF0RC1SH0P"',
    'context.actor == "oidc:repo:Acme/Shop:ref:refs/heads/main"',
    'context.actor like "github:*"',
    'context.paths.contains("src/login form.py")',
    'context.paths.contains(".github/workflows/")',
    'context.labels.contains("Needs review")',
    'context.labels.contains("bug \\u{1f41b}")',
    'context.labels.contains("\\u{1f469}\\u{200d}\\u{1f4bb}")',
    'context.labels.contains("\\u{43d}\\u{43e}\\u{432}\\u{44b}\\u{439}")',
    'context.labels.contains("\\u{4fee}\\u{6b63}bug")',
    'context.labels == ["safe"]',
    'context.role like "g*"',
    '"release" like "rel*" && context.role == "guest"',
)


@pytest.mark.parametrize("condition", REFUSED)
def test_impossible_value_is_refused(condition: str) -> None:
    [reason] = reasons(policy(condition))
    assert REFUSED[condition] in reason, reason


@pytest.mark.parametrize("condition", ACCEPTED)
def test_possible_value_is_accepted(condition: str) -> None:
    assert reasons(policy(condition)) == []


def test_each_attribute_has_a_domain() -> None:
    named = {f"{variable}.{name}" for variable, attributes in ATTRIBUTES.items() for name in attributes}
    domains = domains_of("demo", ("code-task",))
    assert named | {"principal", "action", "resource"} == set(domains)
    typed = {name: shape["type"] for name, shape in ATTRIBUTES["context"].items()}
    assert {f"context.{name}" for name, type in typed.items() if type == "Set"} == SETS
    assert {f"context.{name}" for name, type in typed.items() if type == "Boolean"} == set(FLAGS)


near_branches = st.lists(
    st.sampled_from(
        [
            "a",
            "M",
            "-",
            ".",
            "..",
            "/",
            ".lock",
            "HEAD",
            "refs/",
            "tags/",
            "#",
            "@",
            "@{",
            "`",
            "*",
            "-",
            "é",
            " ",
        ]
    ),
    max_size=5,
).map("".join)
near_paths = st.lists(st.sampled_from(["a", "é", "/", ".", "..", "\\", "`", " ", "src/"]), max_size=6).map(
    "".join
)


def accepts(pattern: str, text: str) -> bool:
    try:
        Matches(pattern, "").check(text)
    except ValueError:
        return False
    return True


@settings(deadline=None)
@given(near_branches)
@example("x" * 256)
def test_branches_are_those_of_the_api(text: str) -> None:
    assert TEXT_DOMAINS["context.branch"].admits(text) == accepts(BRANCH, text)


@settings(deadline=None)
@given(near_paths)
@example("x" * 201)
def test_paths_are_those_of_the_api(text: str) -> None:
    assert TEXT_DOMAINS["context.paths"].admits(text) == accepts(PATH, text)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a", "/", ".", "-", "é", " "]), max_size=6).map("".join))
@example("")
def test_repositories_are_those_of_forges(text: str) -> None:
    if text != ".../.":
        assert TEXT_DOMAINS["resource"].admits(text) == (not text or is_repository(text))
