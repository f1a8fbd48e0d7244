"""Invalid gate rules are rejected with the field and the reason."""

from __future__ import annotations

from typing import Any

import pytest

from mosaic.jobs.gates import Reporter
from mosaic.rails.gate_rule_checks import violations
from mosaic.rails.gate_rules import AppliesWhen, GateRule

TYPES = ("code-task", "review")
CONNECTED = {("github", "acme/shop"), ("github", "acme/till"), ("mosaic", "acme/bot")}
STATUS = {"kind": "status", "provider": "github", "context": "ci"}
GITHUB = {"kind": "check_run", "provider": "github", "context": "ci", "by": ["github-actions"]}


def rule(id: str = "test", types: tuple[str, ...] = ("code-task",), **fields: Any) -> GateRule:
    when: dict[str, Any] = {
        "types": types,
        **{name: fields.pop(name) for name in ("repositories", "labels") if name in fields},
    }
    return GateRule.model_validate({"id": id, "applies_when": AppliesWhen.model_validate(when), **fields})


def limits(*thresholds: dict[str, Any]) -> GateRule:
    return rule(passes_when=thresholds)


def reported(**reporter: Any) -> GateRule:
    return rule(reporter=Reporter.model_validate(reporter))


GOOD: dict[str, tuple[GateRule, ...]] = {
    "none": (),
    "one": (rule(),),
    "one id for types apart": (rule(), rule(types=("review",))),
    "one id for repositories apart": (
        rule(repositories=("acme/shop",)),
        rule(repositories=("acme/till", "acme/other")),
    ),
    "one check for repositories apart": (
        rule("a", repositories=("acme/shop",), reporter=GITHUB),
        rule("b", repositories=("acme/till",), reporter=GITHUB),
    ),
    "one check by apps apart": (
        rule("a", reporter=GITHUB),
        rule("b", reporter={**GITHUB, "by": ["circleci-checks"]}),
    ),
    "a status by accounts apart": (
        rule("a", reporter={**STATUS, "by": ["ci-bot#7"]}),
        rule("b", reporter={**STATUS, "by": ["ci-bot#8"]}),
    ),
    "a CI's own token": (reported(kind="oidc", by=("acme/ci/.github/workflows/g.yml@refs/heads/main",)),),
    "files that no push changes": (reported(kind="mosaic", paths=("ci/**", "Makefile")),),
    "two sets of such files": (
        rule("a", reporter={"kind": "mosaic"}),
        rule("b", reporter={"kind": "mosaic", "paths": ("ci/**",)}),
    ),
    "limits on both sides": (limits({"number": "size", "at_least": 1, "at_most": 1}),),
    "limits on two numbers": (limits({"number": "a", "at_least": 1}, {"number": "b", "at_most": 0}),),
}


@pytest.mark.parametrize("case", GOOD)
def test_valid_rules_are_accepted(case: str) -> None:
    assert list(violations(GOOD[case], TYPES, CONNECTED)) == []


BAD: dict[str, tuple[tuple[GateRule, ...], str, str]] = {
    "an unknown type": (
        (rule(types=("code-task", "moon")),),
        "gates[0].appliesWhen.types[1]",
        "must be one of code-task, review",
    ),
    "all repositories and one": (
        (rule(repositories=("*", "acme/shop")),),
        "gates[0].appliesWhen.repositories",
        "also single ones",
    ),
    "one id twice": ((rule(), rule()), "gates[1].id", "is also the id of gates[0]"),
    "one id twice by label": ((rule(labels=("a",)), rule(labels=("b",))), "gates[1].id", "is also the id of"),
    "one id everywhere and somewhere": (
        (rule(repositories=("acme/shop",)), rule()),
        "gates[1].id",
        "is also the id of",
    ),
    "one id in one repository, spelt otherwise": (
        (rule(repositories=("acme/shop",)), rule(repositories=("Acme/Shop",))),
        "gates[1].id",
        "is also the id of",
    ),
    "no limit at all": ((limits({"number": "a"}),), "gates[0].passesWhen[0]", "needs atLeast or atMost"),
    "limits that contradict": (
        (limits({"number": "a", "at_least": 85, "at_most": 84.5}),),
        "gates[0].passesWhen[0]",
        "can never be met: a at least 85 and at most 84.5",
    ),
    "limits on one number twice": (
        (limits({"number": "a", "at_least": 85}, {"number": "a", "at_most": 80}),),
        "gates[0].passesWhen[1].number",
        "two thresholds for a",
    ),
    "one check for two gates": (
        (rule("a", reporter=GITHUB), rule("b", reporter=GITHUB)),
        "gates[1].reporter",
        "the same check as that of a",
    ),
    "a token with a context": (
        (reported(kind="token", context="ci"),),
        "gates[0].reporter.context",
        "does not apply to a reporter of the kind token",
    ),
    "a check without a forge": (
        (reported(kind="status", context="ci"),),
        "gates[0].reporter.provider",
        "is required",
    ),
    "a check without a name": (
        (reported(kind="status", provider="github"),),
        "gates[0].reporter.context",
        "is required",
    ),
    "a status by anybody": (
        (reported(kind="status", provider="github", context="ci"),),
        "gates[0].reporter.by",
        'is required: the logins, such as ["ci-bot"], whose reports count',
    ),
    "a CI without workflow files": (
        (reported(kind="oidc"),),
        "gates[0].reporter.by",
        "is required: the workflow files",
    ),
    "a CI with a context": (
        (reported(kind="oidc", by=("a/b/c.yml@refs/heads/main",), context="ci"),),
        "gates[0].reporter.context",
        "does not apply to a reporter of the kind oidc",
    ),
    "Mosaic with reporters": (
        (reported(kind="mosaic", by=("ada",)),),
        "gates[0].reporter.by",
        "does not apply to a reporter of the kind mosaic",
    ),
    "a check with paths": (
        (rule(reporter={**GITHUB, "paths": ("a/**",)}),),
        "gates[0].reporter.paths",
        "does not apply to a reporter of the kind check_run",
    ),
    "a check run by any app": (
        (rule(reporter={**GITHUB, "by": ()}),),
        "gates[0].reporter.by",
        'the slugs of the apps, such as ["github-actions"], whose reports count',
    ),
    "one check by apps that overlap": (
        (rule("a", reporter=GITHUB), rule("b", reporter={**GITHUB, "by": ["ci", "GitHub-Actions"]})),
        "gates[1].reporter",
        "the same check as that of a",
    ),
    "one status by accounts that may be one": (
        (
            rule("a", reporter={**STATUS, "by": ["CI-bot"]}),
            rule("b", reporter={**STATUS, "by": ["ci-bot#7"]}),
        ),
        "gates[1].reporter",
        "the same check as that of a",
    ),
    "a status by an account without a number": (
        (rule(reporter={**STATUS, "by": ["ada", "ci-bot#x"]}),),
        "gates[0].reporter.by[1]",
        "must be a login, such as ci-bot, or a login with the id of its account, such as ci-bot#1234",
    ),
    "a check run by an app with an id": (
        (rule(reporter={**GITHUB, "by": ["github-actions#15368"]}),),
        "gates[0].reporter.by[0]",
        "only the logins of a status have ids",
    ),
    "a check run of gitea": (
        (reported(kind="check_run", provider="gitea", context="ci"),),
        "gates[0].reporter.kind",
        "only GitHub has check runs",
    ),
    "a forge that is not connected": (
        (reported(kind="status", provider="gitea", context="ci"),),
        "gates[0].reporter.provider",
        "cannot be gitea: the workspace has no repository",
    ),
    "a repository that is not connected": (
        (rule(repositories=("acme/moon",), reporter=GITHUB),),
        "gates[0].reporter.provider",
        "no webhooks for acme/moon",
    ),
    "more gates than a job can have": (
        tuple(rule(f"g{number}") for number in range(21)),
        "gates",
        "21 gates, at most 20",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_invalid_rules_name_the_field(case: str) -> None:
    rules, field, message = BAD[case]
    result = list(violations(rules, TYPES, CONNECTED))
    assert field in [where for where, _ in result]
    assert any(message in why for where, why in result if where == field)


def test_check_needs_every_repository_on_its_forge() -> None:
    both = {("github", "acme/shop"), ("gitea", "acme/lab")}
    [(field, why)] = violations((rule(reporter=GITHUB),), TYPES, both)
    assert (field, "acme/lab" in why) == ("gates[0].reporter.provider", True)
    assert list(violations((rule(reporter=GITHUB),), TYPES, {*both, ("github", "*")})) == []
