"""What the flows may expect of the notes that all stitchers share."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from mosaic.storage.claims import Claim, ClaimStore
from mosaic.storage.coordination import Coordination, CoordinationStore, VersionedRecord
from tests.fakes.clock import NOON


def test_what_was_never_written_is_empty(shared: Coordination, workspace: str) -> None:
    assert shared.read(workspace) == VersionedRecord("", 0)


def test_what_was_written_last_is_read(shared: Coordination, workspace: str) -> None:
    assert shared.write(workspace, VersionedRecord(), "one")
    assert shared.write(workspace, shared.read(workspace), "two ✓")
    assert shared.read(workspace) == VersionedRecord("two ✓", 2)


def test_who_has_not_seen_the_note_as_it_is_does_not_change_it(shared: Coordination, workspace: str) -> None:
    first = shared.read(workspace)
    assert shared.write(workspace, first, "one")
    assert not shared.write(workspace, first, "other")
    seen = shared.read(workspace)
    assert shared.write(workspace, seen, "two")
    assert not shared.write(workspace, seen, "other")
    assert shared.read(workspace).text == "two"


def test_notes_have_nothing_to_do_with_each_other(shared: Coordination, workspace: str) -> None:
    assert shared.write(workspace, VersionedRecord(), "one")
    assert shared.read(f"{workspace}2") == VersionedRecord()


def test_of_many_at_once_one_writes(shared: Coordination, workspace: str) -> None:
    known = shared.read(workspace)
    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(lambda n: shared.write(workspace, known, str(n)), range(8))) == 1


def test_no_claim_of_a_workspace_touches_a_note(
    stored_shared: CoordinationStore, stored_claims: ClaimStore, workspace: str
) -> None:
    assert stored_shared.write(f"{workspace}#demo", VersionedRecord(), "mine")
    stored_claims.take(Claim(workspace_id=workspace, key="demo", fingerprint="f", job_id="j"), NOON)
    assert stored_shared.read(f"{workspace}#demo").text == "mine"
