"""A forge's comments, in memory and behind the REST APIs of GitHub, Gitea and Forgejo on a loopback port."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from mosaic.forge.comments import ForgeUnavailable, Reaction, ReactionTarget
from mosaic.forge.mention import is_bot
from tests.fakes.clock import NOON


@dataclass
class Comment:
    """One comment on one issue; forges give times in whole seconds."""

    id: int
    repository: str
    issue: int
    author: str
    body: str
    updated_at: datetime


class FakeComments:
    """`Comments` of the bot `mosaic`, on a forge with its own `clock`.

    While `down`, the forge does nothing; `writes` counts its changes. `reactions` are the bot's.
    """

    def __init__(self, clock: Callable[[], datetime] = lambda: NOON) -> None:
        self._clock = clock
        self._made = 0
        self.comments: list[Comment] = []
        self.reactions: set[tuple[str, ReactionTarget, Reaction]] = set()
        self.writes = 0
        self.down = False

    def find(self, repository: str, issue: int, beginning: str, since: datetime) -> str | None:
        """As Comments."""
        self._up()
        own = (comment for comment in self.on(repository, issue, since) if is_bot(comment.author, "mosaic"))
        return next((str(comment.id) for comment in own if comment.body.startswith(beginning)), None)

    def create(self, repository: str, issue: int, body: str) -> str:
        """As Comments."""
        self._up()
        self.writes += 1
        return str(self.add(repository, issue, "mosaic", body).id)

    def update(self, repository: str, comment_id: str, body: str) -> bool:
        """As Comments."""
        self._up()
        self.writes += 1
        found = [
            comment
            for comment in self.comments
            if (comment.repository, str(comment.id)) == (repository, comment_id)
        ]
        for comment in found:
            comment.body, comment.updated_at = body, self._now()
        return bool(found)

    def react(self, repository: str, target: ReactionTarget, reaction: Reaction) -> bool:
        """As Comments."""
        self._up()
        exists = target.comment_id is None or any(
            (comment.repository, str(comment.id)) == (repository, target.comment_id)
            for comment in self.comments
        )
        if exists:
            self.reactions.add((repository, target, reaction))
        return exists

    def add(self, repository: str, issue: int, author: str, body: str) -> Comment:
        """Adds a comment by any author."""
        self._made += 1
        made = Comment(self._made, repository, issue, author, body, self._now())
        self.comments.append(made)
        return made

    def on(self, repository: str, issue: int, since: datetime | None = None) -> list[Comment]:
        """Returns the comments of an issue, oldest first, optionally only those changed since a time."""
        there = [
            comment for comment in self.comments if (comment.repository, comment.issue) == (repository, issue)
        ]
        return [comment for comment in there if since is None or comment.updated_at >= since]

    def _now(self) -> datetime:
        return self._clock().replace(microsecond=0)

    def _up(self) -> None:
        if self.down:
            raise ForgeUnavailable("down")


class ForgeServer:
    """`comments` behind HTTP, as both forges serve it. `requests` keeps method, path and token of each request.

    While `answers` is set, every request is answered that status. A path in `moved` is answered with that status
    and `Location`.
    """

    def __init__(self, comments: FakeComments) -> None:
        self.comments = comments
        self.requests: list[tuple[str, str, str]] = []
        self.answers: int | None = None
        self.moved: dict[str, tuple[int, str]] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def do_PATCH(self) -> None:
                self._answer()

            def log_message(self, *_: object) -> None:
                """Requests are not logged."""

            def _answer(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                body = json.loads(self.rfile.read(length) or b"null")
                status, content = outer.answer(self.command, self.path, self.headers["authorization"], body)
                data = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                split = urlsplit(self.path)
                if split.path in outer.moved:
                    # GitHub and Gitea keep the query.
                    query = f"?{split.query}" if split.query else ""
                    self.send_header("location", outer.moved[split.path][1] + query)
                self.end_headers()
                self.wfile.write(data)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The server's base URL."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stops serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, method: str, target: str, token: str, body: Any) -> tuple[int, Any]:
        """Status and JSON for a request; 404 for an unknown path."""
        split = urlsplit(target)
        self.requests.append((method, split.path, token))
        if fixed := self.answers or self.moved.get(split.path, (None,))[0]:
            return fixed, {"message": "no"}
        parts = [unquote(part) for part in split.path.removeprefix("/api/v1").split("/")[1:]]
        match method, parts:
            case "GET", ["repos", owner, name, "issues", number, "comments"]:
                return 200, self._page(f"{owner}/{name}", int(number), parse_qs(split.query))
            case "POST", ["repos", owner, name, "issues", number, "comments"]:
                self.comments.writes += 1
                made = self.comments.add(f"{owner}/{name}", int(number), "mosaic", body["body"])
                return 201, _shown(made)
            case "PATCH", ["repos", owner, name, "issues", "comments", comment_id]:
                changed = self.comments.update(f"{owner}/{name}", comment_id, body["body"])
                return (200, {"id": int(comment_id)}) if changed else (404, {"message": "Not Found"})
            case "POST", ["repos", owner, name, "issues", "comments", comment_id, "reactions"]:
                return self._react(f"{owner}/{name}", ReactionTarget(0, comment_id), body)
            case "POST", ["repos", owner, name, "pulls", "comments", comment_id, "reactions"]:
                return self._react(f"{owner}/{name}", ReactionTarget(0, comment_id, "review_comment"), body)
            case "POST", ["repos", owner, name, "issues", number, "reactions"]:
                return self._react(f"{owner}/{name}", ReactionTarget(int(number)), body)
        return 404, {"message": "Not Found"}

    def _react(self, repository: str, target: ReactionTarget, body: Any) -> tuple[int, Any]:
        known = (repository, target, body["content"]) in self.comments.reactions
        if not self.comments.react(repository, target, body["content"]):
            return 404, {"message": "Not Found"}
        return (200 if known else 201), {"id": 1, "content": body["content"]}

    def _page(self, repository: str, issue: int, query: dict[str, list[str]]) -> list[Any]:
        since = datetime.fromisoformat(query["since"][0])
        found = [_shown(comment) for comment in self.comments.on(repository, issue, since)]
        if "page" not in query:
            return found
        size, page = int(query["per_page"][0]), int(query["page"][0])
        return found[(page - 1) * size : page * size]


def _shown(comment: Comment) -> dict[str, Any]:
    return {"id": comment.id, "body": comment.body, "user": {"login": comment.author}}
