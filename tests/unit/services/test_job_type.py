"""The job type that a request on an issue creates: from the bot's form, the first word, a label, or the event."""

from __future__ import annotations

from typing import Any

import pytest

from mosaic.access.model import JobType, Triggers, Workspace
from mosaic.forge.intent import IssueContext, JobRequested
from mosaic.services.handle_webhook import draft

LABELS = {"Needs Review": "review", "status": "git-status", "release": "release"}
TYPES = {
    "code-task": JobType(profile="weaver"),
    "review": JobType(profile="inspector"),
    "git-status": JobType(profile="runner"),
    "release": JobType(profile="weaver", capabilities=("git:push",)),
}
WORKSPACE = Workspace(id="demo", job_types=TYPES, triggers=Triggers(assigned="git-status", labels=LABELS))
ISSUE_TEXT = "The lamp blinks\n\nAt night."


def requested(text: str, **changes: Any) -> JobRequested:
    labels = changes.pop("labels", ())
    usual: dict[str, Any] = {
        "provider": "github",
        "repository": "acme/shop",
        "issue": IssueContext(number=7, title="The lamp blinks", body="At night.", labels=labels),
        "actor": "ada",
        "claim": "claim-1",
        "action": "mentioned",
        "instructions": text,
        "is_addressed": True,
    }
    return JobRequested(**{**usual, **changes})


@pytest.mark.parametrize(
    ("text", "type", "instructions"),
    [
        ("review the login", "review", "review the login"),
        ("Review the login", "review", "Review the login"),
        ("git-status: how does main look?", "git-status", "how does main look?"),
        ("git-status:\nhow does main look?", "git-status", "how does main look?"),
        ("review", "review", ISSUE_TEXT),
        ("review.", "review", ISSUE_TEXT),
        ("reviews are slow", "code-task", "reviews are slow"),
        ("please review the login", "code-task", "please review the login"),
        ("re-view", "code-task", "re-view"),
    ],
)
def test_first_word_chooses_the_type(text: str, type: str, instructions: str) -> None:
    made = draft(WORKSPACE, requested(text))
    assert (made.type, made.profile, made.instructions) == (type, TYPES[type].profile, instructions)
    assert made.requested_capabilities == TYPES[type].capabilities


def test_word_of_a_text_around_the_mention_chooses_nothing() -> None:
    made = draft(WORKSPACE, requested("review: fine. @mosaic mend it", is_addressed=False))
    assert (made.type, made.instructions) == ("code-task", "review: fine. @mosaic mend it")


@pytest.mark.parametrize(
    ("labels", "type"),
    [
        (("bug",), "code-task"),
        (("needs review",), "review"),
        (("RELEASE", "needs review"), "review"),
        (("bug", "release"), "release"),
        ((), "code-task"),
    ],
)
def test_first_label_of_the_workspace_chooses_the_type(labels: tuple[str, ...], type: str) -> None:
    assert draft(WORKSPACE, requested("mend it", labels=labels)).type == type


@pytest.mark.parametrize(
    ("changes", "type"),
    [
        ({"action": "assigned", "is_addressed": False}, "git-status"),
        ({"action": "assigned", "is_addressed": False, "labels": ("release",)}, "release"),
        ({"labels": ("release",), "instructions": "review it"}, "review"),
        (
            {"labels": ("release",), "instructions": "review it", "metadata": {"type": "code-task"}},
            "code-task",
        ),
    ],
)
def test_the_most_specific_choice_wins(changes: dict[str, Any], type: str) -> None:
    assert draft(WORKSPACE, requested("mend it", **changes)).type == type
