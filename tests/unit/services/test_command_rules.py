"""Which job a command means, and who may give it: tables of roles, commands and states of jobs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic.forge.intent import Command
from mosaic.jobs.lifecycle import MAX_ATTEMPTS
from mosaic.jobs.model import Job
from mosaic.jobs.roles import RequesterRole
from mosaic.jobs.states import JobStatus, Waiting
from mosaic.services.command_rules import (
    MAX_JOBS,
    CommandRefused,
    Speaker,
    can_take,
    named_job,
    only_job,
)
from tests.fakes import samples
from tests.fakes.clock import NOON

COMMANDS: tuple[Command, ...] = get_args(Command)
ADMIN = Speaker("github:ada", "admin")
STATES: dict[str, dict[str, Any]] = {
    "QUEUED": {"status": JobStatus.QUEUED},
    "approval": {"status": JobStatus.PENDING, "waiting": Waiting.APPROVAL},
    "slot": {"status": JobStatus.PENDING, "waiting": Waiting.SLOT},
    "RUNNING": {"status": JobStatus.RUNNING},
    "COMPLETED": {"status": JobStatus.COMPLETED},
    "FAILED": {"status": JobStatus.FAILED},
    "worn out": {"status": JobStatus.FAILED, "attempt": MAX_ATTEMPTS},
    "CANCELLED": {"status": JobStatus.CANCELLED},
}


def job(state: str = "QUEUED", by: str = "github:bob", **fields: Any) -> Job:
    """Returns a job of an issue in this state, requested by `by`."""
    source = {"kind": "github", "actor": by, "role": "member"}
    made = samples.job(repository="acme/shop", issue_number=7, source=source)
    return made.evolve(**{**STATES[state], **fields})


@pytest.mark.parametrize(
    ("command", "states"),
    [
        ("cancel", {"QUEUED", "approval", "slot", "RUNNING"}),
        ("retry", {"FAILED", "CANCELLED"}),
        ("approve", {"approval"}),
        ("deny", {"approval"}),
        ("status", set(STATES)),
    ],
)
def test_state_decides_which_job_takes_a_command(command: Command, states: set[str]) -> None:
    assert {state for state in STATES if can_take(command, job(state))} == states


WHO: dict[str, Speaker] = {
    "admin": ADMIN,
    "member": Speaker("github:grace", "member"),
    "guest": Speaker("github:eve", "guest"),
    "guest who requested": Speaker("github:bob", "guest"),
    "guest who requested, in other case": Speaker("github:BOB", "guest"),
    "guest who retried": Speaker("github:kim", "guest"),
    "guest of the same name elsewhere": Speaker("gitea:bob", "guest"),
}
PERMITTED: dict[str, set[Command]] = {
    "admin": {"approve", "deny", "cancel", "retry", "status"},
    "member": {"cancel", "retry", "status"},
    "guest": {"status"},
    "guest who requested": {"cancel", "retry", "status"},
    "guest who requested, in other case": {"cancel", "retry", "status"},
    "guest who retried": {"cancel", "retry", "status"},
    "guest of the same name elsewhere": {"status"},
}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("by_code", [False, True])
@pytest.mark.parametrize("state", STATES)
def test_role_and_state_decide_a_command(who: str, command: Command, state: str, by_code: bool) -> None:
    only = job(state, retried_by=("github:kim",))

    def find() -> Job:
        if by_code:
            return named_job(command, only.short_code, [only], [only], WHO[who])
        return only_job(command, [only], WHO[who])

    if command in PERMITTED[who] and can_take(command, only):
        assert find() == only
        return
    with pytest.raises(CommandRefused) as refused:
        find()
    if command not in PERMITTED[who] and can_take(command, only):
        assert "may not" in str(refused.value)
    elif command in PERMITTED[who] and state != "worn out":
        assert f"job {only.short_code} is {only.status}" in str(refused.value)


@pytest.mark.parametrize(
    ("command", "states", "chosen"),
    [
        ("cancel", ["RUNNING", "FAILED", "COMPLETED"], 0),
        ("cancel", ["COMPLETED", "QUEUED"], 1),
        ("cancel", ["RUNNING", "QUEUED"], None),
        ("retry", ["COMPLETED", "FAILED"], 1),
        ("retry", ["worn out", "FAILED", "RUNNING"], 1),
        ("retry", ["FAILED", "CANCELLED"], None),
        ("approve", ["RUNNING", "approval", "slot"], 1),
        ("approve", ["approval", "approval"], None),
        ("deny", ["approval", "approval"], None),
        ("deny", ["FAILED", "approval"], 1),
    ],
)
def test_command_without_code_needs_one_candidate(
    command: Command, states: list[str], chosen: int | None
) -> None:
    jobs = [job(state) for state in states]
    if chosen is not None:
        assert only_job(command, jobs, ADMIN) == jobs[chosen]
        return
    with pytest.raises(CommandRefused, match="name one by its code") as refused:
        only_job(command, jobs, ADMIN)
    assert refused.value.jobs == tuple(jobs)
    assert all(each.short_code in str(refused.value) for each in jobs)


def test_guest_reaches_the_own_job_only() -> None:
    own, other = job("RUNNING", by="github:eve"), job("RUNNING")
    eve = Speaker("github:eve", "guest")
    assert only_job("cancel", [other, own], eve) == own
    with pytest.raises(CommandRefused, match="eve may not cancel"):
        only_job("cancel", [other], eve)
    with pytest.raises(CommandRefused, match="eve may not cancel"):
        named_job("cancel", other.short_code, [other], [own, other], eve)


def test_own_waiting_job_of_an_admin_counts() -> None:
    """An admin who means the other job must not approve by elimination, nor the other way round."""
    with pytest.raises(CommandRefused, match="2 jobs"):
        only_job("approve", [job("approval", by=ADMIN.actor), job("approval")], ADMIN)


def find(command: Command, one: Job, speaker: Speaker, by: str) -> Job:
    """Returns the job that a command means `by` "no code", "code", or the number of an attempt behind the code."""
    if by == "no code":
        return only_job(command, [one], speaker)
    attempt = None if by == "code" else int(by)
    return named_job(command, one.short_code, [one], [one], speaker, attempt)


@pytest.mark.parametrize(
    ("command", "seconds", "refused"),
    [
        ("approve", -60, True),
        ("approve", -1, True),
        ("approve", -0.999, False),
        ("approve", 60, False),
        ("deny", -60, False),
    ],
)
@pytest.mark.parametrize("by", ["no code", "code", "1"])
def test_approval_needs_an_earlier_wait(command: Command, seconds: float, refused: bool, by: str) -> None:
    waiting = job("approval")
    at = waiting.updated_at + timedelta(seconds=seconds)
    speaker = Speaker(ADMIN.actor, "admin", at)
    if not refused:
        assert find(command, waiting, speaker, by) == waiting
        return
    with pytest.raises(CommandRefused, match=f"after this .* write approve {waiting.short_code}$") as caught:
        find(command, waiting, speaker, by)
    assert caught.value.jobs == (waiting,)


WRITE = "job {code} waits in attempt 2; write {command} {code}-2"
NOW = "{code} is in attempt {attempt} now"


@pytest.mark.parametrize(
    ("commands", "state", "attempt", "by", "refusal"),
    [
        # An answer to an approval names the attempt from the second on.
        (("approve", "deny"), "approval", 1, "no code", None),
        (("approve", "deny"), "approval", 1, "code", None),
        (("approve", "deny"), "approval", 1, "1", None),
        (("approve", "deny"), "approval", 2, "no code", WRITE),
        (("approve", "deny"), "approval", 2, "code", WRITE),
        (("approve", "deny"), "approval", 2, "2", None),
        # No command reaches another attempt than the one that it names.
        (("approve", "deny", "cancel"), "approval", 2, "1", NOW),
        (("approve", "deny", "cancel"), "approval", 1, "2", NOW),
        (("approve", "deny", "cancel"), "approval", 1, "0", NOW),
        (("approve", "cancel", "retry"), "COMPLETED", 3, "2", NOW),
        (("cancel",), "RUNNING", 2, "1", NOW),
        (("retry",), "FAILED", 2, "1", NOW),
        (("retry",), "FAILED", 2, "3", NOW),
        # Other commands need no attempt.
        (("cancel",), "approval", 2, "no code", None),
        (("cancel",), "RUNNING", 2, "code", None),
        (("cancel",), "RUNNING", 2, "2", None),
        (("retry",), "FAILED", 2, "code", None),
        (("retry",), "FAILED", 2, "2", None),
    ],
)
def test_attempt_of_a_command(
    commands: tuple[Command, ...], state: str, attempt: int, by: str, refusal: str | None
) -> None:
    one = job(state, attempt=attempt)
    for command in commands:
        if refusal is None:
            assert find(command, one, ADMIN, by) == one
            continue
        with pytest.raises(CommandRefused) as refused:
            find(command, one, ADMIN, by)
        text = refusal.format(code=one.short_code, command=command, attempt=attempt)
        assert (str(refused.value), refused.value.jobs) == (text, (one,))


def test_role_is_checked_before_the_attempt() -> None:
    with pytest.raises(CommandRefused, match="eve may not approve"):
        find("approve", job("approval", attempt=2), Speaker("github:eve", "guest"), "1")


def test_listed_codes_name_the_attempt_that_waits() -> None:
    first, second, failed = job("approval"), job("approval", attempt=2), job("FAILED", attempt=2)
    with pytest.raises(CommandRefused) as refused:
        only_job("deny", [first, second], ADMIN)
    assert f"{first.short_code} (" in str(refused.value)
    assert f"{second.short_code}-2 (" in str(refused.value)
    with pytest.raises(CommandRefused, match=f"its jobs: {failed.short_code} \\("):
        named_job("cancel", "k3x9qa", [], [failed], ADMIN)


def test_unknown_code_is_refused_with_the_list() -> None:
    known = job("RUNNING")
    with pytest.raises(CommandRefused, match=f"no job .* code k3x9qa; its jobs: {known.short_code}"):
        named_job("cancel", "k3x9qa", [], [known], ADMIN)


def test_code_of_two_jobs_is_refused() -> None:
    twins = [job("RUNNING"), job("RUNNING")]
    with pytest.raises(CommandRefused, match=f"{twins[0].id}, {twins[1].id}"):
        named_job("cancel", "k3x9qa", twins, twins, ADMIN)


def test_issue_with_very_many_jobs_needs_a_code() -> None:
    jobs = [job("COMPLETED") for _ in range(MAX_JOBS)]
    running = job("RUNNING")
    assert only_job("cancel", [running, *jobs[1:]], ADMIN) == running
    with pytest.raises(CommandRefused, match="more than"):
        only_job("cancel", [running, *jobs], ADMIN)


ROLES = st.sampled_from(get_args(RequesterRole))
PEOPLE = st.sampled_from(["github:ada", "github:bob", "github:eve"])


@given(
    command=st.sampled_from(COMMANDS),
    jobs=st.lists(st.builds(job, st.sampled_from(sorted(STATES)), PEOPLE), max_size=5),
    speaker=st.builds(Speaker, PEOPLE, ROLES, st.sampled_from([None, NOON, NOON - timedelta(hours=1)])),
)
def test_chosen_job_is_permitted_and_unique(command: Command, jobs: list[Job], speaker: Speaker) -> None:
    try:
        chosen = only_job(command, jobs, speaker)
    except CommandRefused:
        return
    assert speaker.may(command, chosen)
    rivals = [each for each in jobs if can_take(command, each) and speaker.may(command, each)]
    assert rivals == [chosen]
