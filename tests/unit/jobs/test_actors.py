"""Actors: who is the same account, and whom a list contains."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic.jobs.actors import (
    FORGES,
    any_same_actor,
    in_actors,
    normal_name,
    same_actor,
    split_id,
    with_id,
)

LOGINS = st.text("abcXYZ019-_.", min_size=1, max_size=12)
IDS = st.none() | st.integers(0, 2**63 - 1)
ACTORS = st.builds(
    lambda provider, login, number: with_id(f"{provider}:{login}", number),
    st.sampled_from([*sorted(FORGES), "mosaic", "oidc", "token"]),
    LOGINS,
    IDS,
)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("github:ada", "github:ada", True),
        ("github:Ada", "github:aDA", True),
        ("mosaic:Ada", "mosaic:ada", True),
        ("forgejo:Ada", "forgejo:ada", True),
        ("github:ada", "gitea:ada", False),
        ("github:ada", "github:adam", False),
        ("github:ada#1", "github:lovelace#1", True),
        ("github:ada#1", "github:ada#2", False),
        ("github:Ada#1", "github:ada", True),
        ("github:ada#1", "gitea:ada#1", False),
        ("oidc:Ada", "oidc:ada", False),
        ("oidc:ada#1", "oidc:bob#1", False),
        ("token:01KG", "token:01kg", False),
        ("github:kate", "github:\u212aate", False),
        ("mosaic:kate#1", "mosaic:bob#1", False),
    ],
)
def test_same_actor(a: str, b: str, same: bool) -> None:
    assert same_actor(a, b) is same
    assert same_actor(b, a) is same


@pytest.mark.parametrize(
    ("actor", "name", "listed"),
    [
        ("github:Ada#1234", "github:ada", True),
        ("github:ada", "github:ADA", True),
        ("github:renamed#1234", "github:ada#1234", True),
        ("github:ada#99", "github:ada#1234", False),
        ("github:ada", "github:ada#1234", False),
        ("oidc:ada#1", "oidc:ada#1", True),
    ],
)
def test_list_entry_with_an_id_means_the_account(actor: str, name: str, listed: bool) -> None:
    assert in_actors(actor, ["github:someone", name]) is listed
    assert not in_actors(actor, [])


def test_recorded_actor_without_id_matches_by_login() -> None:
    """An exclusion must not fail because one of the records has no id."""
    assert any_same_actor("github:ada", ["github:Ada#1234"])
    assert not any_same_actor("github:ada#1", ["github:ada#2", "github:bob"])


@given(ACTORS)
def test_actor_is_the_same_in_any_case(actor: str) -> None:
    provider = actor.partition(":")[0]
    if provider in {*FORGES, "mosaic"}:
        assert same_actor(actor, actor.upper())
        assert in_actors(actor.upper(), [actor])
    assert same_actor(actor, actor)
    assert in_actors(actor, [actor])


@given(ACTORS, ACTORS)
def test_being_the_same_is_symmetric(a: str, b: str) -> None:
    assert same_actor(a, b) == same_actor(b, a)


@given(ACTORS, ACTORS)
def test_listed_actor_is_the_same_actor(actor: str, name: str) -> None:
    """A list is stricter than a comparison: an entry with an id needs the account's id."""
    if in_actors(actor, [name]):
        assert same_actor(actor, name)


@given(LOGINS, st.integers(0, 2**63 - 1), st.sampled_from(sorted(FORGES)))
def test_id_is_split_from_the_name(login: str, number: int, forge: str) -> None:
    actor = with_id(f"{forge}:{login}", number)
    assert split_id(actor) == (f"{forge}:{login}", number)
    assert with_id(actor, number) == actor
    assert normal_name(actor) == f"{forge}:{login}".lower()


@pytest.mark.parametrize("actor", ["oidc:ada#12", "mosaic:ada#12", "token:01K#1", "ada", "github:ada#x"])
def test_other_actors_have_no_id(actor: str) -> None:
    assert split_id(actor) == (actor, None)
