"""Comments on the issues of GitHub, Gitea and Forgejo, over their REST APIs.

https://docs.github.com/en/rest/issues/comments, https://docs.gitea.com/api; Forgejo has the API of Gitea.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol
from urllib.parse import quote, urlencode

import urllib3
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from mosaic.base import rfc3339
from mosaic.forge import redirects
from mosaic.forge.intent import CommentKind
from mosaic.forge.mention import is_bot
from mosaic.jobs.actors import Forge

# The search for the bot's comment reads ten pages of a hundred comments since the job's creation.
PER_PAGE = 100
MAX_PAGES = 10
GONE = {404, 410}
# Answers to a reaction in a locked conversation, or to a reaction that the forge does not offer.
NOT_ALLOWED = {403, 422}


class ForgeUnavailable(Exception):
    """A request to the forge failed; the message holds no secret."""


Reaction = Literal["eyes", "confused"]


@dataclass(frozen=True)
class ReactionTarget:
    """The text that gets a reaction: a comment, or an issue's own text without `comment_id`."""

    issue: int
    comment_id: str | None = None
    comment_kind: CommentKind = "comment"


class Comments(Protocol):
    """The comments of a forge. All methods raise ForgeUnavailable."""

    def find(self, repository: str, issue: int, beginning: str, since: datetime) -> str | None:
        """Returns the id of the bot's comment since that time that starts with `beginning`, None without one."""

    def create(self, repository: str, issue: int, body: str) -> str:
        """Creates a comment and returns its id."""

    def update(self, repository: str, comment_id: str, body: str) -> bool:
        """Replaces a comment's text. Returns False if the comment no longer exists."""

    def react(self, repository: str, target: ReactionTarget, reaction: Reaction) -> bool:
        """Adds the bot's reaction; the same one again changes nothing. Returns False if the target is gone, or if
        the forge allows no such reaction.
        """


@dataclass(frozen=True)
class Dialect:
    """The differences between the APIs of the forges."""

    prefix: str
    scheme: str
    pages: bool


DIALECTS: dict[Forge, Dialect] = {
    "github": Dialect(prefix="", scheme="Bearer", pages=True),
    "gitea": Dialect(prefix="/api/v1", scheme="token", pages=False),
    "forgejo": Dialect(prefix="/api/v1", scheme="token", pages=False),
}


class ForgeComments:
    """The comments of the forge at `base_url`, written by the owner of the token. Timeouts are in seconds."""

    def __init__(self, forge: Forge, base_url: str, token: str, bot: str, *, timeout: float = 5.0) -> None:
        self._dialect = DIALECTS[forge]
        self._url = base_url.rstrip("/") + self._dialect.prefix
        self._bot = bot
        self._headers = {
            "Authorization": f"{self._dialect.scheme} {token}",
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "mosaic-stitcher",
        }
        self._pool = urllib3.PoolManager(
            retries=False, timeout=urllib3.Timeout(connect=min(2.0, timeout), read=timeout)
        )

    def find(self, repository: str, issue: int, beginning: str, since: datetime) -> str | None:
        """See `Comments.find`. Comments of other authors with that beginning do not count."""
        for comment in self._since(f"{_path(repository)}/issues/{issue}/comments", since):
            author = str((comment.get("user") or {}).get("login") or "")
            if str(comment.get("body") or "").startswith(beginning) and is_bot(author, self._bot):
                return str(comment["id"])
        return None

    def create(self, repository: str, issue: int, body: str) -> str:
        """See `Comments.create`."""
        status, comment = self._send("POST", f"{_path(repository)}/issues/{issue}/comments", {"body": body})
        if status not in (200, 201) or not isinstance(comment, Mapping) or "id" not in comment:
            raise ForgeUnavailable(f"creating a comment on issue {issue} failed with status {status}")
        return str(comment["id"])

    def update(self, repository: str, comment_id: str, body: str) -> bool:
        """See `Comments.update`."""
        path = f"{_path(repository)}/issues/comments/{quote(comment_id, safe='')}"
        status, _ = self._send("PATCH", path, {"body": body})
        if status in GONE:
            return False
        if status != 200:
            raise ForgeUnavailable(f"updating comment {comment_id} failed with status {status}")
        return True

    def react(self, repository: str, target: ReactionTarget, reaction: Reaction) -> bool:
        """See `Comments.react`. A review has no reactions of its own, so its pull request gets it."""
        path = f"{_path(repository)}/{_reacted(target, self._dialect)}/reactions"
        status, _ = self._send("POST", path, {"content": reaction})
        if status in GONE | NOT_ALLOWED:
            return False
        if status not in (200, 201):
            raise ForgeUnavailable(f"a reaction on issue {target.issue} failed with status {status}")
        return True

    def _since(self, path: str, since: datetime) -> Iterator[Mapping[str, Any]]:
        for page in range(1, MAX_PAGES + 1):
            query: dict[str, str | int] = {"since": rfc3339(since)}
            if self._dialect.pages:
                query |= {"per_page": PER_PAGE, "page": page}
            status, comments = self._send("GET", f"{path}?{urlencode(query)}")
            if status != 200 or not isinstance(comments, list):
                raise ForgeUnavailable(f"listing the comments of an issue failed with status {status}")
            yield from (comment for comment in comments if isinstance(comment, Mapping))
            if not self._dialect.pages or len(comments) < PER_PAGE:
                return

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, Any]:
        """Returns status and JSON of the response. Follows redirects within the API, with the same request."""
        data = None if body is None else json.dumps(body).encode()
        url = self._url + path
        for _ in range(redirects.MAX_REDIRECTS + 1):
            response = self._request(method, url, data)
            location = response.headers.get("location")
            target = redirects.target(response.status, self._url, url, location)
            if target is None:
                break
            url = target
        try:
            return response.status, json.loads(response.data)
        except ValueError:
            return response.status, None

    def _request(self, method: str, url: str, data: bytes | None) -> BaseHTTPResponse:
        try:
            return self._pool.request(method, url, body=data, headers=self._headers, redirect=False)
        except HTTPError as error:
            raise ForgeUnavailable(f"the forge cannot be reached: {type(error).__name__}") from None


def _reacted(target: ReactionTarget, dialect: Dialect) -> str:
    """Returns the path of the comment or issue. Gitea and Forgejo number comments on reviews as all comments."""
    if target.comment_id is None or (target.comment_kind == "review" and dialect.pages):
        return f"issues/{target.issue}"
    is_review_comment = target.comment_kind == "review_comment" and dialect.pages
    return f"{'pulls' if is_review_comment else 'issues'}/comments/{quote(target.comment_id, safe='')}"


def _path(repository: str) -> str:
    owner, _, name = repository.partition("/")
    return f"/repos/{quote(owner, safe='')}/{quote(name, safe='')}"
