"""Requesters are collaborators if the forge lists them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mosaic.forge import gitea, github
from mosaic.forge.intent import Intent, JobRequested

Load = Callable[[str], dict[str, Any]]
WRITTEN = {
    "issue_comment.created": ("issue_comment", "comment"),
    "issues.opened": ("issues", "issue"),
    "pull_request_review_comment.created": ("pull_request_review_comment", "comment"),
}


def is_collaborator(intent: Intent) -> bool:
    assert isinstance(intent, JobRequested)
    return intent.is_collaborator


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize(
    ("association", "belongs"),
    [
        ("OWNER", True),
        ("MEMBER", True),
        ("COLLABORATOR", True),
        ("CONTRIBUTOR", False),
        ("FIRST_TIME_CONTRIBUTOR", False),
        ("NONE", False),
        ("owner", False),
        (None, False),
    ],
)
def test_github_author_association_counts(
    name: str, association: str | None, belongs: bool, load: Load
) -> None:
    event, part = WRITTEN[name]
    payload = load(f"github/{name}")
    payload[part]["author_association"] = association
    intent = github.parse(event, payload, "mosaic")
    assert is_collaborator(intent) is belongs
    assert isinstance(intent, JobRequested)
    assert intent.association == (association if belongs else None)


def test_association_of_another_author_is_ignored(load: Load) -> None:
    payload = load("github/issue_comment.created")
    payload["comment"]["author_association"] = "OWNER"
    payload["sender"]["login"] = "eve"
    assert not is_collaborator(github.parse("issue_comment", payload, "mosaic"))
    assigned = load("github/issues.assigned")
    assigned["issue"]["author_association"] = "OWNER"
    assigned["sender"]["login"] = "eve"
    assert not is_collaborator(github.parse("issues", assigned, "mosaic"))


def test_comment_ignores_the_issue_author(load: Load) -> None:
    payload = load("github/issue_comment.created")
    payload["issue"]["author_association"] = "OWNER"
    payload["comment"]["author_association"] = "NONE"
    assert not is_collaborator(github.parse("issue_comment", payload, "mosaic"))


def test_gitea_has_no_author_association(load: Load) -> None:
    payload = load("gitea/issue_comment.created")
    payload["comment"]["author_association"] = "OWNER"
    assert not is_collaborator(gitea.parse("issue_comment", payload, "mosaic"))
