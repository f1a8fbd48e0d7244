"""The order of the roles of people on a forge."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic.jobs.roles import ROLE_ORDER, RequesterRole, lowest_role

ROLES = st.sampled_from(ROLE_ORDER)


@pytest.mark.parametrize(
    ("roles", "lowest"),
    [
        (("admin",), "admin"),
        (("admin", "member"), "member"),
        (("member", "guest", "admin"), "guest"),
        ((), "guest"),
    ],
)
def test_lowest_of(roles: tuple[RequesterRole, ...], lowest: RequesterRole) -> None:
    assert lowest_role(*roles) == lowest


@given(st.lists(ROLES, min_size=1), st.lists(ROLES))
def test_more_roles_never_raise_the_lowest(roles: list[RequesterRole], more: list[RequesterRole]) -> None:
    lowest = lowest_role(*roles, *more)
    assert lowest in (*roles, *more)
    assert all(ROLE_ORDER.index(lowest) <= ROLE_ORDER.index(role) for role in (*roles, *more))
