"""Equal requests have equal claims."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mosaic.forge.claim import MAX_LENGTH, claim

parts = st.lists(st.text(alphabet="a:%/é\ud800", max_size=20) | st.integers(), min_size=1, max_size=4)


def test_claim_is_readable() -> None:
    assert claim("github", "Harbour/Lighthouse", None, "comment", 12, "created") == (
        "github:harbour/lighthouse:comment:12:created"
    )


def test_id_of_the_repository_replaces_its_name() -> None:
    """A repository that is made again under its name has another id, and issues of the same numbers."""
    before = claim("github", "acme/shop", "github:1", "issue", 7, "opened")
    assert before == "github:1:issue:7:opened"
    assert claim("github", "acme/store", "github:1", "issue", 7, "opened") == before
    assert claim("github", "acme/shop", "github:2", "issue", 7, "opened") != before


@settings(deadline=None)
@given(one=parts, other=parts)
def test_different_parts_give_different_claims(one: list[str | int], other: list[str | int]) -> None:
    same = [str(part) for part in one] == [str(part) for part in other]
    assert (claim("gitea", "a/b", None, *one) == claim("gitea", "a/b", None, *other)) is same


def test_long_claim_is_cut_and_unique() -> None:
    one, other = (claim("gitea", "a/b", None, "x" * 5000, last) for last in "12")
    assert len(one) == len(other) == MAX_LENGTH
    assert one != other
    assert claim("gitea", "a/b", None, "\ud800")
