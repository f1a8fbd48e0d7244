"""Contract of the coordination store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from mosaic.storage.claims import Claim, ClaimStore
from mosaic.storage.coordination import Coordination, CoordinationStore, VersionedRecord
from tests.fakes.clock import NOON


def test_unwritten_record_is_empty(coordination: Coordination, workspace: str) -> None:
    assert coordination.read(workspace) == VersionedRecord("", 0)


def test_last_written_text_is_read(coordination: Coordination, workspace: str) -> None:
    assert coordination.write(workspace, VersionedRecord(), "one")
    assert coordination.write(workspace, coordination.read(workspace), "two ✓")
    assert coordination.read(workspace) == VersionedRecord("two ✓", 2)


def test_stale_write_is_refused(coordination: Coordination, workspace: str) -> None:
    first = coordination.read(workspace)
    assert coordination.write(workspace, first, "one")
    assert not coordination.write(workspace, first, "other")
    seen = coordination.read(workspace)
    assert coordination.write(workspace, seen, "two")
    assert not coordination.write(workspace, seen, "other")
    assert coordination.read(workspace).text == "two"


def test_records_are_independent(coordination: Coordination, workspace: str) -> None:
    assert coordination.write(workspace, VersionedRecord(), "one")
    assert coordination.read(f"{workspace}2") == VersionedRecord()


def test_concurrent_writes_have_one_winner(coordination: Coordination, workspace: str) -> None:
    first = coordination.read(workspace)
    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(lambda n: coordination.write(workspace, first, str(n)), range(8))) == 1


def test_claims_and_records_do_not_collide(
    stored_records: CoordinationStore, stored_claims: ClaimStore, workspace: str
) -> None:
    assert stored_records.write(f"{workspace}#demo", VersionedRecord(), "mine")
    stored_claims.take(Claim(workspace_id=workspace, key="demo", fingerprint="f", job_id="j"), NOON)
    assert stored_records.read(f"{workspace}#demo").text == "mine"
