"""Redirects of a forge's API: followed within the API, with the same request, and never elsewhere."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic.forge.comments import Comments, ForgeComments, ForgeUnavailable, ReactionTarget
from mosaic.forge.redirects import MAX_REDIRECTS, target
from mosaic.jobs.actors import Forge
from tests.fakes.clock import NOON
from tests.fakes.forge import FakeComments, ForgeServer

API = "https://api.github.com"
URL = f"{API}/repos/acme/shop/issues/7/comments"


@pytest.mark.parametrize("status", [301, 307, 308])
@pytest.mark.parametrize(
    ("location", "followed"),
    [
        (f"{API}/repositories/1/issues/7/comments", f"{API}/repositories/1/issues/7/comments"),
        ("/repositories/1/issues/7/comments?page=2", f"{API}/repositories/1/issues/7/comments?page=2"),
        (f"{API}:443/repositories/1", f"{API}:443/repositories/1"),
        (f"{API}/repositories/1#x", f"{API}/repositories/1"),
        ("HTTPS://API.GitHub.com/repositories/1", "https://API.GitHub.com/repositories/1"),
        ("https://evil.example/repositories/1", None),
        ("//evil.example/repositories/1", None),
        ("https://api.github.com.evil.example/x", None),
        ("https://api.github.com@evil.example/x", None),
        ("https://ada:secret@api.github.com/x", None),
        ("http://api.github.com/repositories/1", None),
        (f"{API}:8443/repositories/1", None),
        ("https://[::1/x", None),
        ("https://api.github.com:port/x", None),
        ("javascript:alert(1)", None),
        ("", None),
        (None, None),
    ],
)
def test_only_the_same_host_is_followed(status: int, location: str | None, followed: str | None) -> None:
    assert target(status, API, URL, location) == followed


@pytest.mark.parametrize(
    ("location", "is_followed"),
    [
        ("https://git.test/sub/api/v1/repos/new/shop/issues/7/comments", True),
        ("https://git.test/api/v1/repos/new/shop/issues/7/comments", False),
        ("https://git.test/sub/api/v10/x", False),
        ("https://git.test/sub/user/login", False),
        ("https://git.test/sub/api/v1/../../user/login", False),
        ("https://git.test/sub/api/v1/%2e%2E/login", False),
    ],
)
def test_only_the_same_api_is_followed(location: str, is_followed: bool) -> None:
    api = "https://git.test/sub/api/v1"
    assert (target(307, api, f"{api}/repos/old/shop", location) is not None) is is_followed


@pytest.mark.parametrize("status", [200, 201, 300, 302, 303, 304, 404])
def test_other_statuses_are_no_redirect(status: int) -> None:
    assert target(status, API, URL, f"{API}/repositories/1") is None


@given(st.sampled_from([301, 307, 308]), st.text())
def test_any_location_stays_on_the_host(status: int, location: str) -> None:
    followed = target(status, API, URL, location)
    assert followed is None or followed.startswith(f"{API}/")


# ------------------------------------------------------------------ the client


@pytest.fixture
def server() -> Iterator[ForgeServer]:
    server = ForgeServer(FakeComments())
    yield server
    server.close()


CALLS: dict[str, tuple[str, str, Callable[[Comments], object]]] = {
    "find": ("GET", "issues/7/comments", lambda forge: forge.find("old/shop", 7, "<!--", NOON)),
    "create": ("POST", "issues/7/comments", lambda forge: forge.create("old/shop", 7, "text")),
    "update": ("PATCH", "issues/comments/1", lambda forge: forge.update("old/shop", "1", "text")),
    "react": ("POST", "issues/7/reactions", lambda forge: forge.react("old/shop", ReactionTarget(7), "eyes")),
}


@pytest.mark.parametrize("status", [301, 307, 308])
@pytest.mark.parametrize("dialect", ["github", "gitea", "forgejo"])
@pytest.mark.parametrize("call", CALLS)
def test_request_is_repeated_at_the_new_name(
    server: ForgeServer, dialect: Forge, call: str, status: int
) -> None:
    method, path, ask = CALLS[call]
    server.comments.add("new/shop", 7, "mosaic", "<!-- first")
    prefix = "" if dialect == "github" else "/api/v1"
    old, new = (f"{prefix}/repos/{owner}/shop/{path}" for owner in ("old", "new"))
    server.moved[old] = (status, server.url + new)
    assert ask(ForgeComments(dialect, server.url, "t0ken", "mosaic"))
    assert [(sent, to) for sent, to, _ in server.requests] == [(method, old), (method, new)]
    assert len({token for _, _, token in server.requests}) == 1


@pytest.mark.parametrize("call", CALLS)
def test_token_is_not_sent_to_another_host(server: ForgeServer, call: str) -> None:
    other = ForgeServer(FakeComments())
    _, path, ask = CALLS[call]
    server.moved[f"/repos/old/shop/{path}"] = (301, f"{other.url}/repos/new/shop/{path}")
    with pytest.raises(ForgeUnavailable):
        ask(ForgeComments("github", server.url, "t0ken", "mosaic"))
    other.close()
    assert other.requests == []
    assert len(server.requests) == 1


def test_circle_of_redirects_ends(server: ForgeServer) -> None:
    path = "/repos/old/shop/issues/7/comments"
    server.moved[path] = (301, path)
    with pytest.raises(ForgeUnavailable, match="status 301"):
        ForgeComments("github", server.url, "t0ken", "mosaic").create("old/shop", 7, "text")
    assert len(server.requests) == MAX_REDIRECTS + 1
