"""Approvers of a job, and the standing approvals that cover it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic.access.errors import TooManyApprovals
from mosaic.access.model import Grant, Workspace
from mosaic.access.standing_approvals import (
    MAX_STANDING,
    add_standing,
    excluded_approvers,
    standing_approvals_for,
)
from mosaic.jobs.value_objects import Approval, Source, StandingApproval
from mosaic.rails.capabilities import CAPABILITIES, PROFILES, Level
from mosaic.rails.policy import base_policies
from mosaic.services import evaluate_guard
from tests.fakes import samples
from tests.fakes.clock import NOON

DAY = timedelta(days=1)


def stands(**fields: Any) -> StandingApproval:
    usual: dict[str, Any] = {
        "profile": "weaver",
        "capability": "git:push",
        "repository": "acme/shop",
        "until": NOON + DAY,
        "approved_by": "token:grace",
        "approved_at": NOON - DAY,
        "reason": "release week",
        "job_id": "01KGA000000000000000000000",
    }
    return StandingApproval(**{**usual, **fields})


def requested(by: str = "token:ada", **fields: Any) -> Any:
    known = {"profile": "weaver", "repository": "acme/shop", "source": Source(kind="api", actor=by)}
    return samples.job(**{**known, **fields})


COUNTS: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "as it was given": ({}, {}, True),
    "the repository in other letters": ({"repository": "Acme/SHOP"}, {}, True),
    "another repository": ({}, {"repository": "acme/bank"}, False),
    "no repository": ({}, {"repository": None}, False),
    "another profile": ({}, {"profile": "inspector"}, False),
    "a branch that it names": ({"branch": "main"}, {"branch": "main"}, True),
    "a branch where each had its own": ({}, {"branch": "main"}, False),
    "its own where a branch was named": ({"branch": "main"}, {}, False),
    "another branch": ({"branch": "main"}, {"branch": "next"}, False),
    "a part of the whole": ({}, {"paths": ("docs/",)}, True),
    "the whole of a part": ({"paths": ("docs/",)}, {}, False),
    "a part of a part": ({"paths": ("docs/", "a.md")}, {"paths": ("docs/x/y.md", "a.md", "docs/")}, True),
    "more than a part": ({"paths": ("docs/",)}, {"paths": ("docs/x.md", "src/")}, False),
    "what only begins alike": ({"paths": ("docs", "a.md")}, {"paths": ("docs2/x.md",)}, False),
    "to the last moment": ({"until": NOON + timedelta(milliseconds=1)}, {}, True),
    "ended": ({"until": NOON}, {}, False),
    "one's own": ({"approved_by": "token:ada"}, {}, False),
    "of who changed the instructions": (
        {"approved_by": "token:eve"},
        {"instructions_by": "token:eve"},
        False,
    ),
    "by a token of the requester": ({"approver_creators": ("token:ada",)}, {}, False),
    "by a token of a token of the requester": ({"approver_creators": ("token:eve", "token:ada")}, {}, False),
    "by a token of the same person": ({"approver_creators": ("github:ada",)}, {}, False),
    "by a token of another person": ({"approver_creators": ("token:eve", "oidc:eve")}, {}, True),
    "of the same person by another name": ({"approved_by": "github:ada"}, {}, False),
    "a member's on a forge": ({}, {"source": Source(kind="github", actor="github:bob", role="member")}, True),
    "a guest's": ({}, {"source": Source(kind="github", actor="github:bob", role="guest")}, False),
}


@pytest.mark.parametrize("case", COUNTS)
def test_standing_approval_covers_jobs_of_others(case: str) -> None:
    given_as, job_as, counts = COUNTS[case]
    people = {"ada": ("github:ada", "token:ada"), "eve": ("github:eve",)}
    workspace = Workspace(id="demo", people=people, standing_approvals=(stands(**given_as),))
    instructions_by = job_as.get("instructions_by")
    job = requested(**{name: value for name, value in job_as.items() if name != "instructions_by"})
    found = standing_approvals_for(job.evolve(instructions_by=instructions_by), workspace, NOON)
    assert found == (workspace.standing_approvals if counts else ())


def test_self_approval_covers_own_jobs() -> None:
    workspace = Workspace(
        id="demo", self_approval=True, standing_approvals=(stands(approved_by="token:ada"),)
    )
    assert standing_approvals_for(requested(), workspace, NOON) == workspace.standing_approvals
    assert excluded_approvers(requested(), workspace) == frozenset()


def test_longest_standing_approval_is_used() -> None:
    longest = stands(until=NOON + 3 * DAY, approved_by="token:eve")
    others = (stands(), stands(until=NOON + 2 * DAY, approved_by="token:bob"))
    other = stands(capability="pr:create")
    workspace = Workspace(id="demo", standing_approvals=(others[0], longest, other, others[1]))
    assert set(standing_approvals_for(requested(), workspace, NOON)) == {longest, other}


def test_requester_is_excluded_under_all_names() -> None:
    people = {"ada": ("token:ada", "github:ada"), "eve": ("token:eve", "github:eve")}
    workspace = Workspace(id="demo", people=people)
    assert excluded_approvers(requested(), workspace) == {"token:ada", "github:ada"}
    both = requested().evolve(instructions_by="github:eve")
    assert excluded_approvers(both, workspace) == {"token:ada", "github:ada", "token:eve", "github:eve"}
    assert excluded_approvers(requested("token:zoe"), workspace) == {"token:zoe"}


# ------------------------------------------------------------------ adding and restoring


def test_repeated_standing_approval_is_unchanged() -> None:
    known = (stands(),)
    assert add_standing(known, [stands(approved_at=NOON)], NOON) == known


def test_new_approval_replaces_only_the_same_persons() -> None:
    known = (stands(), stands(approved_by="token:eve"), stands(repository="acme/bank"))
    shorter = stands(until=NOON + timedelta(hours=1), repository="Acme/Shop", job_id="later")
    assert set(add_standing(known, [shorter], NOON)) == {shorter, *known[1:]}


def test_expired_standing_approvals_are_dropped() -> None:
    ended = stands(until=NOON, approved_by="token:eve")
    assert add_standing((ended,), [stands()], NOON) == (stands(),)


def test_number_of_standing_approvals_is_limited() -> None:
    full = tuple(stands(approved_by=f"token:{number}") for number in range(MAX_STANDING))
    with pytest.raises(TooManyApprovals, match=str(MAX_STANDING)):
        add_standing(full, [stands()], NOON)
    ending = (full[0].model_copy(update={"until": NOON}), *full[1:])
    assert len(add_standing(ending, [stands()], NOON)) == MAX_STANDING


def test_size_of_standing_approvals_is_limited() -> None:
    paths = tuple(f"{number}/{'ä' * 190}" for number in range(50))
    large = [stands(approved_by=f"token:{number}", paths=paths) for number in range(6)]
    fits = add_standing((), large[:4], NOON)
    assert len(fits) == 4
    with pytest.raises(TooManyApprovals):
        add_standing(fits, large[4:], NOON)


# ------------------------------------------------------------------ effect on decisions

CAPABILITY = st.sampled_from(sorted(CAPABILITIES))
PROFILE = st.sampled_from(sorted(PROFILES))
ACTOR = st.sampled_from(["token:ada", "token:grace"])
REPOSITORY = st.sampled_from(["acme/shop", "acme/bank"])
APPROVALS = st.lists(
    st.builds(
        stands,
        profile=PROFILE,
        capability=CAPABILITY,
        repository=REPOSITORY,
        approved_by=ACTOR,
        until=st.sampled_from([NOON, NOON + DAY]),
    ),
    max_size=6,
).map(tuple)
NEEDS_A_YES = {name for name, known in CAPABILITIES.items() if known.level in (Level.EXECUTE, Level.ADMIN)}


@given(
    approvals=APPROVALS,
    grants=st.lists(CAPABILITY, max_size=3),
    required=st.lists(CAPABILITY, max_size=4, unique=True),
    let_through=st.lists(CAPABILITY, max_size=3, unique=True),
    profile=PROFILE,
    repository=REPOSITORY,
    withdrawn=st.integers(0, 5),
)
def test_standing_approval_allows_only_what_it_names(
    approvals: tuple[StandingApproval, ...],
    grants: list[str],
    required: list[str],
    let_through: list[str],
    profile: str,
    repository: str,
    withdrawn: int,
) -> None:
    workspace = Workspace(
        id="demo",
        grants=tuple(Grant(profile=profile, capability=name) for name in grants),
        standing_approvals=approvals,
    )
    given_now = Approval(
        approved=True, actor="token:eve", reason="x", capabilities=tuple(let_through), at=NOON
    )
    job = requested(profile=profile, repository=repository, requested_capabilities=tuple(required))
    job = job.evolve(approval=given_now)
    decision = evaluate_guard.evaluate(job, workspace, base_policies(), NOON)

    counting = {
        approval.capability
        for approval in approvals
        if (approval.profile, approval.repository, approval.approved_by)
        == (profile, repository, "token:grace")
        and approval.until > NOON
    }
    allowed = set(decision.capabilities)
    assert allowed & NEEDS_A_YES <= {*grants, *let_through, *counting}
    assert {approval.capability for approval in decision.standing} == allowed & counting

    fewer = tuple(approval for index, approval in enumerate(approvals) if index != withdrawn)
    after = evaluate_guard.evaluate(
        job, workspace.model_copy(update={"standing_approvals": fewer}), base_policies(), NOON
    )
    assert set(after.capabilities) <= allowed
    assert set(after.tools) <= set(decision.tools)
