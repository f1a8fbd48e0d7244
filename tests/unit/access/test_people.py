"""The people of a workspace: their roles, and the approvers that a job excludes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic.access.model import Association, Workspace
from mosaic.access.standing_approvals import excluded_approvers
from mosaic.jobs.actors import any_same_actor
from mosaic.jobs.value_objects import Source
from tests.fakes import samples

ADMINS = ("github:Ada#1234", "gitea:root", "forgejo:Root")
MEMBERS = ("github:bob", "github:eve#77")


@pytest.mark.parametrize(
    ("person", "role"),
    [
        ("github:ada#1234", "admin"),
        ("github:renamed#1234", "admin"),
        ("github:ada#99", "guest"),
        ("github:ada", "guest"),
        ("gitea:ROOT#1", "admin"),
        ("gitea:root", "admin"),
        ("forgejo:root#1", "admin"),
        ("github:root#1", "guest"),
        ("github:Bob#5", "member"),
        ("github:EVE#77", "member"),
        ("github:eve#78", "guest"),
    ],
)
def test_role_follows_the_lists(person: str, role: str) -> None:
    workspace = Workspace(id="demo", forge_admins=ADMINS, forge_members=MEMBERS)
    assert workspace.role_of(person, is_collaborator=False) == role


@pytest.mark.parametrize(
    ("trusted", "association", "role"),
    [
        (("OWNER", "MEMBER", "COLLABORATOR"), "MEMBER", "member"),
        (("OWNER", "COLLABORATOR"), "MEMBER", "guest"),
        (("OWNER", "COLLABORATOR"), "COLLABORATOR", "member"),
        ((), "OWNER", "guest"),
        (("OWNER",), None, "member"),
    ],
)
def test_association_counts_if_it_is_trusted(
    trusted: tuple[Association, ...], association: str | None, role: str
) -> None:
    workspace = Workspace(id="demo", trust_associations=trusted)
    found = workspace.role_of("github:zoe#9", is_collaborator=True, association=association)
    assert found == role


@pytest.mark.parametrize(
    ("requester", "approver", "excluded"),
    [
        ("github:ada", "github:Ada", True),
        ("github:ada", "gitea:ada", False),
        ("github:ada", "oidc:ada", True),
        ("github:ADA", "oidc:ada", True),
        ("oidc:ada", "github:aDa#1", True),
        ("oidc:ada", "oidc:Ada", False),
        ("github:bob", "github:ada", False),
    ],
)
def test_requester_is_excluded_in_any_case(requester: str, approver: str, excluded: bool) -> None:
    workspace = Workspace(id="demo", people={"ada": ("github:Ada", "oidc:ada")})
    job = samples.job(source=Source(kind="github", actor=requester))
    assert any_same_actor(approver, excluded_approvers(job, workspace)) is excluded


@given(st.sampled_from(["github", "gitea", "forgejo", "mosaic"]), st.text("abXY-", min_size=1), st.data())
def test_nobody_approves_own_request_in_another_case(provider: str, login: str, data: st.DataObject) -> None:
    cases = st.tuples(*(st.sampled_from((character.lower(), character.upper())) for character in login))
    approver = f"{provider}:{''.join(data.draw(cases))}"
    job = samples.job(source=Source(kind="api", actor=f"{provider}:{login}"))
    assert any_same_actor(approver, excluded_approvers(job, Workspace(id="demo")))
