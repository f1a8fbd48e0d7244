"""The page of gates matches the code."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from api.schemas.gates import (
    MAX_RULES,
    AppliesWhenSetting,
    GateRuleSetting,
    ReporterSetting,
    ThresholdSetting,
)
from mosaic.forge import gitea, github
from mosaic.forge.errors import PayloadError
from mosaic.forge.intent import Ignored, Intent
from mosaic.jobs.gates import ReporterKind
from mosaic.jobs.overrides import OVERRIDABLE
from mosaic.jobs.protected_files import DEFAULT_PATHS
from mosaic.jobs.states import GateStatus
from mosaic.rails.gate_rule_checks import MAX_GATES
from mosaic.rails.gate_rules import DEFAULT_RULES

Parse = Callable[[str, object, str], Intent]
PAGE = Path("docs/reference/gates.md").read_text("utf-8")


def aliases(
    form: type[GateRuleSetting | AppliesWhenSetting | ReporterSetting | ThresholdSetting],
) -> list[str]:
    return [str(field.alias) for field in form.model_fields.values()]


@pytest.mark.parametrize(
    "words",
    [
        [name for name in aliases(GateRuleSetting) if name != "appliesWhen"],
        [f"appliesWhen.{name}" for name in aliases(AppliesWhenSetting)],
        aliases(ReporterSetting),
        [f'"{name}"' for name in aliases(ThresholdSetting)[:2]] + aliases(ThresholdSetting)[2:],
        list(get_args(ReporterSetting.model_fields["kind"].annotation))[1:],
        [rule.id for rule in DEFAULT_RULES],
        sorted(OVERRIDABLE),
    ],
)
def test_page_has_each_word_of_a_rule(words: list[str]) -> None:
    assert [word for word in words if word not in re.sub(r"[`{}]", "", PAGE)] == []


def test_page_says_what_each_kind_of_report_proves() -> None:
    table = PAGE.partition("## What a report proves")[2].partition("\n\nA CI must")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(get_args(ReporterKind))


def test_page_lists_the_files_that_are_protected_by_default() -> None:
    section = PAGE.partition("## The gate workflow-unchanged")[2].partition("\n## ")[0]
    listed = section.partition("The default is\n")[2].partition(". A rule")[0]
    assert tuple(re.findall(r"`([^`]+)`", listed)) == DEFAULT_PATHS


def test_page_has_each_status_of_a_gate() -> None:
    assert [status for status in GateStatus if status not in PAGE] == []


def test_limits_match_the_contract() -> None:
    assert f"up to {MAX_RULES} of them, {MAX_GATES} for a job" in PAGE


@pytest.mark.parametrize(
    ("parse", "handled"),
    [(github.parse, {"push", "status", "check_run"}), (gitea.parse, {"push", "status"})],
)
def test_page_has_each_handled_event(parse: Parse, handled: set[str]) -> None:
    delivery = {"action": "completed", "repository": {"full_name": "acme/shop"}, "sender": {"login": "ada"}}
    for event in ("push", "status", "check_run"):
        try:
            ignored = isinstance(parse(event, delivery, "mosaic"), Ignored)
        except PayloadError:
            ignored = False
        assert ignored == (event not in handled)
        assert f"`{event}`" in PAGE
