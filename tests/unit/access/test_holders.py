"""A workspace's jobs name a repository by its holders on all providers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic.access.holders import Holder, Holders
from mosaic.access.model import PROVIDERS

OURS, THEIRS = Holder("acme", proven=True), Holder("evil", proven=True)
OUR_NAME, THEIR_NAME = Holder("acme"), Holder("evil")
Named = dict[str, Holder]


@pytest.mark.parametrize(
    ("named", "asked", "acme", "evil"),
    [
        ({}, PROVIDERS, False, False),
        ({"github": OURS}, PROVIDERS, True, False),
        ({"github": OURS}, ["gitea"], False, False),
        ({"mosaic": OURS}, PROVIDERS, True, False),
        ({"github": OURS, "mosaic": THEIRS}, PROVIDERS, True, False),
        ({"github": OURS, "mosaic": THEIRS}, ["mosaic"], False, False),
        ({"forgejo": OURS, "mosaic": THEIRS}, ["mosaic"], False, False),
        ({"github": OURS, "gitea": THEIRS}, PROVIDERS, True, True),
        ({"github": OURS, "gitea": THEIRS}, ["gitea"], False, True),
        ({"github": OURS, "mosaic": OURS, "gitea": THEIRS}, ["mosaic"], True, False),
        ({"github": OUR_NAME, "mosaic": THEIRS}, PROVIDERS, True, True),
        ({"github": OURS, "mosaic": THEIR_NAME}, PROVIDERS, True, True),
        ({"github": OUR_NAME, "mosaic": THEIR_NAME}, PROVIDERS, True, True),
    ],
)
def test_connection_of_mosaic_yields_to_forges(
    named: Named, asked: list[str], acme: bool, evil: bool
) -> None:
    holders = Holders(named, {})
    assert holders.allow("acme", asked, None) is acme
    assert holders.allow("evil", asked, None) is evil


@pytest.mark.parametrize(
    ("named", "rest", "is_connected"),
    [
        ({}, {"github": OUR_NAME}, True),
        ({"github": THEIRS}, {"github": OUR_NAME}, False),
        ({"github": THEIRS}, {"gitea": OUR_NAME}, True),
        ({"github": THEIRS}, {"mosaic": OUR_NAME}, True),
        ({}, {"github": THEIR_NAME}, False),
    ],
)
def test_holder_of_the_rest_was_set_by_the_operator(named: Named, rest: Named, is_connected: bool) -> None:
    assert Holders(named, rest).allow("acme", PROVIDERS, None) is is_connected


@pytest.mark.parametrize(
    ("named", "by_id", "repository_id", "is_connected"),
    [
        ({}, OURS, "github:7", True),
        ({}, THEIRS, "github:7", False),
        ({}, None, "github:7", False),
        ({"github": OURS}, OURS, "github:7", True),
        ({"github": OURS}, THEIRS, "github:7", False),
        ({"github": THEIRS}, OURS, "github:7", False),
        ({"github": THEIR_NAME}, OURS, "github:7", False),
        ({"github": THEIRS, "gitea": OURS}, OURS, "github:7", False),
        ({"gitea": THEIRS}, OURS, "github:7", False),
        ({"gitea": THEIRS, "github": OURS}, OURS, "github:7", True),
        ({"github": THEIRS}, OURS, "mosaic:7", False),
        ({"github": THEIRS, "mosaic": OURS}, OURS, "mosaic:7", False),
        ({"github": Holder("acme", proven=True, repository_id="7")}, None, "github:7", True),
        ({"github": Holder("acme", proven=True, repository_id="8")}, None, "github:7", False),
    ],
)
def test_id_needs_a_name_that_no_other_has(
    named: Named, by_id: Holder | None, repository_id: str, is_connected: bool
) -> None:
    asked = [repository_id.partition(":")[0]]
    assert Holders(named, {}, by_id).allow("acme", asked, repository_id) is is_connected


holder = st.builds(
    Holder, st.sampled_from(["acme", "evil"]), st.booleans(), st.sampled_from([None, "7", "8"])
)
named_by = st.dictionaries(st.sampled_from(PROVIDERS), holder)
ids = st.sampled_from([None, *(f"{provider}:7" for provider in PROVIDERS)])


@given(named_by, st.none() | holder, ids)
def test_foreign_name_needs_an_own_holder_of_it(
    named: Named, by_id: Holder | None, repository_id: str | None
) -> None:
    holders = Holders(named, {}, by_id if repository_id else None)
    is_foreign = any(one.proven and one.workspace_id == "acme" for one in named.values())
    own = {
        provider
        for provider, one in named.items()
        if one.workspace_id == "evil" and (provider != "mosaic" or not one.proven)
    }
    if is_foreign and not own:
        assert not holders.allow("evil", PROVIDERS, repository_id)
