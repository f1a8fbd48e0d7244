"""The roles of those who wrote a request on a forge. The role of the job is the lowest of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mosaic.access.model import Workspace
from mosaic.forge.intent import Author, JobRequested
from mosaic.jobs.actors import same_login, with_id
from mosaic.jobs.roles import RequesterRole, lowest_role


@dataclass(frozen=True)
class AuthorRoles:
    """The roles behind a request.

    `actor` is the requester's role; `issue_author` that of the author of the issue's title and text, None if
    there is no such text. `lowest` is the role of the job: the agent gets all the texts.
    """

    actor: RequesterRole
    issue_author: RequesterRole | None
    lowest: RequesterRole


def author_roles(workspace: Workspace, request: JobRequested) -> AuthorRoles:
    """Returns the roles of the requester and of the authors of all texts. An unknown author is a guest."""
    actor = workspace.role_of(
        request.identity, is_collaborator=request.is_collaborator, association=request.association
    )
    issue_author = _issue_author_role(workspace, request)
    others = (issue_author,) if issue_author else ()
    return AuthorRoles(
        actor, issue_author, lowest_role(actor, *others, *_role_of_comment(workspace, request))
    )


def _issue_author_role(workspace: Workspace, request: JobRequested) -> RequesterRole | None:
    issue = request.issue
    if not (issue.title.strip() or issue.body.strip()):
        return None
    author = issue.author
    if author is None:
        return "guest"
    return _role(workspace, request, author)


def _role_of_comment(workspace: Workspace, request: JobRequested) -> Iterator[RequesterRole]:
    """Yields the role of the comment's author, unless that is the requester."""
    comment = request.issue.comment
    if comment and not same_login(comment.author, request.actor):
        yield _role(workspace, request, Author(login=comment.author, id=comment.author_id))


def _role(workspace: Workspace, request: JobRequested, author: Author) -> RequesterRole:
    person = with_id(f"{request.provider}:{author.login}", author.id)
    return workspace.role_of(person, is_collaborator=author.is_collaborator, association=author.association)
