"""Equal requests have equal claims."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mosaic.forge.claim import MAX_LENGTH, claim

parts = st.lists(st.text(alphabet="a:%/é\ud800", max_size=20) | st.integers(), min_size=1, max_size=4)


def test_claim_is_readable() -> None:
    assert claim("github", "Harbour/Lighthouse", "comment", 12, "created") == (
        "github:harbour/lighthouse:comment:12:created"
    )


@settings(deadline=None)
@given(one=parts, other=parts)
def test_different_parts_give_different_claims(one: list[str | int], other: list[str | int]) -> None:
    same = [str(part) for part in one] == [str(part) for part in other]
    assert (claim("gitea", "a/b", *one) == claim("gitea", "a/b", *other)) is same


def test_long_claim_is_cut_and_unique() -> None:
    one, other = (claim("gitea", "a/b", "x" * 5000, last) for last in "12")
    assert len(one) == len(other) == MAX_LENGTH
    assert one != other
    assert claim("gitea", "a/b", "\ud800")
