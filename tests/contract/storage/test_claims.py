"""Contract of the claims."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from mosaic.storage.claims import Claim, Claims
from tests.fakes.clock import NOON

WEEK = timedelta(days=7)


def claim(workspace: str, job_id: str, fingerprint: str = "f", **fields: timedelta) -> Claim:
    return Claim(workspace_id=workspace, key="key#🔑", fingerprint=fingerprint, job_id=job_id, **fields)


def test_first_claim_holds_key(claims: Claims, workspace: str) -> None:
    first = claim(workspace, "job-1")
    assert claims.take(first, NOON) == first


@pytest.mark.parametrize("fingerprint", ["one", ""])
def test_later_claim_returns_first_claim(claims: Claims, workspace: str, fingerprint: str) -> None:
    claims.take(claim(workspace, "job-1", fingerprint), NOON)
    held = claims.take(claim(workspace, "job-2", "two"), NOON)
    assert (held.job_id, held.fingerprint) == ("job-1", fingerprint)


def test_keys_are_separate_by_workspace(claims: Claims, workspace: str) -> None:
    claims.take(claim(workspace, "job-1"), NOON)
    assert claims.take(claim(f"{workspace}2", "job-2"), NOON).job_id == "job-2"


def test_key_is_free_after_its_ttl(claims: Claims, workspace: str) -> None:
    claims.take(claim(workspace, "job-1", ttl=WEEK), NOON)
    assert claims.take(claim(workspace, "job-2"), NOON + WEEK - timedelta(seconds=1)).job_id == "job-1"
    assert claims.take(claim(workspace, "job-3"), NOON + WEEK).job_id == "job-3"


def test_claim_without_ttl_never_expires(claims: Claims, workspace: str) -> None:
    claims.take(claim(workspace, "job-1"), NOON)
    assert claims.take(claim(workspace, "job-2"), NOON + 5000 * WEEK).job_id == "job-1"


def test_concurrent_claims_have_one_winner(claims: Claims, workspace: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        held = threads.map(lambda n: claims.take(claim(workspace, f"job-{n}"), NOON).job_id, range(8))
        assert len(set(held)) == 1


def test_later_claim_returns_time_of_first(claims: Claims, workspace: str) -> None:
    """A job created late has the creation time of its id."""
    first = claim(workspace, "job-1").model_copy(update={"taken_at": NOON})
    claims.take(first, NOON)
    later = NOON + timedelta(hours=1)
    held = claims.take(claim(workspace, "job-2").model_copy(update={"taken_at": later}), later)
    assert held.taken_at == NOON


def test_claim_without_time_returns_none(claims: Claims, workspace: str) -> None:
    claims.take(claim(workspace, "job-1"), NOON)
    later = claim(workspace, "job-2").model_copy(update={"taken_at": NOON})
    assert claims.take(later, NOON).taken_at is None
