"""Push deliveries: the files that a push says it changes, or why it does not say. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from mosaic.forge.payload import Lenient

# GitHub lists at most this many commits of a push; Gitea as many as its FEED_MAX_COMMIT_NUM, and counts them all.
MAX_COMMITS = 2048
# Forges cut the list of a commit's files; no commit with this many is taken as complete.
MAX_FILES = 3000


class PushedCommit(Lenient):
    """A commit of a push, with its files; a list is None where the forge left it out."""

    id: str = ""
    added: list[str] | None = None
    modified: list[str] | None = None
    removed: list[str] | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """All files that the commit names."""
        return (*(self.added or ()), *(self.modified or ()), *(self.removed or ()))


class _Repository(Lenient):
    pushed_at: int | str | None = None
    default_branch: str | None = None


class PushDelivery(Lenient):
    """A push delivery. `forced`, `base_ref` and `created` are GitHub's, `total_commits` is Gitea's."""

    ref: str
    before: str
    after: str
    repository: _Repository
    forced: bool | None = None
    base_ref: str | None = None
    commits: list[PushedCommit] | None = None
    total_commits: int | None = None

    @property
    def default_branch(self) -> str | None:
        """The default branch of the repository."""
        return self.repository.default_branch


def changed_files(push: PushDelivery) -> Iterator[str]:
    """Yields the files that the commits of the push add, modify or remove."""
    for commit in push.commits or ():
        yield from commit.files


def unknown_files(push: PushDelivery) -> str | None:
    """Returns why the push does not say which files it changes; None if it lists all of them."""
    if push.forced and push.before.strip("0"):
        return "it replaced commits of the branch"
    if _starts_at_default_branch(push):
        return None
    commits = push.commits or ()
    if push.after not in {commit.id for commit in commits}:
        return "it does not list its commits"
    if len(commits) >= MAX_COMMITS or (push.total_commits or 0) > len(commits):
        return "it lists only some of its commits"
    if any(not 0 < len(commit.files) < MAX_FILES for commit in commits):
        return "it does not list all files of its commits"
    return None


def _starts_at_default_branch(push: PushDelivery) -> bool:
    """True if the push makes a branch where the default branch stands."""
    is_new = not push.before.strip("0")
    return is_new and not push.commits and push.base_ref == f"refs/heads/{push.default_branch}"
