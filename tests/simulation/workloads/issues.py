"""Issues on a simulated GitHub, and the deliveries about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mosaic.base import rfc3339

REPOSITORY = "acme/shop"
# Bob belongs to the repository; the workspace itself knows ada and eve.
ASSOCIATIONS = {"bob": "COLLABORATOR"}


@dataclass(frozen=True)
class Issue:
    """An issue with its author, who may be no member."""

    number: int
    author: str
    body: str = "Since Monday."

    @property
    def payload(self) -> dict[str, Any]:
        """The issue as GitHub sends it."""
        return {
            "number": self.number,
            "title": "Login fails",
            "body": self.body,
            "user": {"login": self.author},
            "author_association": association_of(self.author),
            "html_url": f"https://github.test/{REPOSITORY}/issues/{self.number}",
        }


ISSUE = Issue(7, "ada")


def association_of(login: str) -> str:
    """Returns GitHub's `author_association` of a person."""
    return ASSOCIATIONS.get(login, "NONE")


def comment_delivery(text: str, number: int, author: str, issue: Issue, at: datetime) -> dict[str, Any]:
    """Returns the delivery of a comment that mentions the bot."""
    return {
        "action": "created",
        "issue": issue.payload,
        "comment": {
            "id": number,
            "body": f"@mosaic {text}",
            "user": {"login": author},
            "author_association": association_of(author),
            "created_at": rfc3339(at.replace(microsecond=0)),
            "html_url": f"{issue.payload['html_url']}#{number}",
        },
        "repository": {"full_name": REPOSITORY},
        "sender": {"login": author},
    }


def opened_delivery(issue: Issue, sender: str, *, says_moved: bool = False) -> dict[str, Any]:
    """Returns the delivery of an issue that `sender` opened, or moved here from another repository.

    GitHub says so in most deliveries (`says_moved`).
    """
    moved = {"changes": {"old_issue": {"number": 3}, "old_repository": {"full_name": "acme/old"}}}
    return {
        **(moved if says_moved else {}),
        "action": "opened",
        "issue": issue.payload,
        "repository": {"full_name": REPOSITORY},
        "sender": {"login": sender},
    }
