"""The message states the agent's limits, and text of others cannot imitate this service."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mosaic.openclaw.message import (
    MESSAGE_MAX_BYTES,
    MESSAGE_VERSION,
    PREAMBLE_MAX_BYTES,
    IssueContext,
    MessageParts,
    TextAuthor,
    agent_text,
    commit_in,
    compose,
)

NONCE = "n0nce4711"
OPENING = f"<<<DATA {NONCE}"
CLOSING = f"DATA {NONCE}"

hostile = st.lists(
    st.one_of(
        st.text(max_size=40),
        st.sampled_from(
            [NONCE, NONCE.upper(), OPENING, f"{CLOSING} body>>>", "\n", "\r", "\u2028", "\x85", "\u200b"]
        ),
    ),
    max_size=12,
).map("".join)


def parts(**changes: Any) -> MessageParts:
    plain: dict[str, Any] = {
        "nonce": NONCE,
        "job": "01JD",
        "attempt": 2,
        "profile": "weaver",
        "instructions": "Fix the build.",
        "repository": "acme/shop",
        "issue_number": 7,
        "tools": ("read", "write"),
        "capabilities": ("git:read", "code:write"),
        "gates": ("build", "test"),
    }
    return MessageParts(**{**plain, **changes})


def test_message_has_task_limits_gates_and_issue() -> None:
    issue = IssueContext(title="Broken", body="It\nfails", comment="please", links=("https://x.test/1",))
    message = compose(parts(issue=issue))
    for expected in (
        f"message version {MESSAGE_VERSION}",
        "Mosaic job 01JD, attempt 2",
        "`weaver` on acme/shop, issue #7",
        "Tools: read, write",
        "Capabilities: git:read, code:write",
        "on the commit you name: build, test",
        "## Task\nFix the build.",
        f"{OPENING} title\n| Broken\n{CLOSING} title>>>",
        f"{OPENING} comment\n| please\n{CLOSING} comment>>>",
        f"{OPENING} links\n| https://x.test/1\n{CLOSING} links>>>",
        f"{OPENING} body\n| It\n| fails\n{CLOSING} body>>>",
    ):
        assert expected in message


def test_where_the_agent_may_work_is_among_the_limits() -> None:
    message = compose(parts(branch="mosaic/01JD", paths=("src/app.py", "docs/\u200b")))
    limits = message[message.index("## Limits") : message.index("## Data")]
    assert "Branch: push to `mosaic/01JD` and to no other.\n" in limits
    assert "Paths: change nothing outside of `src/app.py`, `docs/`.\n" in limits
    assert not {"Branch:", "Paths:"} & set(compose(parts()).split())


@pytest.mark.parametrize(
    ("branch", "shown"),
    [
        ("größe/#1", "`größe/#1`"),
        ("a`b", '"a\\u0060b"'),
        ("a\u2028b", '"a\\u2028b"'),
        ("a\u200bb", '"a\\u200bb"'),
    ],
)
def test_name_of_a_branch_cannot_end_its_quotation(branch: str, shown: str) -> None:
    assert f"Branch: push to {shown} and to no other.\n" in compose(parts(branch=branch))


def test_every_text_names_its_author_and_role() -> None:
    eve, bob = TextAuthor(name="github:eve", role="guest"), TextAuthor(name="github:bob#7", role="member")
    issue = IssueContext(title="Broken", body="Fails", author=eve, comment="please", comment_author=bob)
    message = compose(parts(issue=issue))
    for expected in (
        f"{OPENING} title by github:eve (guest)\n| Broken\n{CLOSING} title>>>",
        f"{OPENING} comment by github:bob#7 (member)\n| please\n{CLOSING} comment>>>",
        f"{OPENING} body by github:eve (guest)\n| Fails\n{CLOSING} body>>>",
    ):
        assert expected in message
    unknown = IssueContext(title="Broken", author=TextAuthor(name=None, role="guest"))
    assert f"{OPENING} title by an unknown author (guest)\n" in compose(parts(issue=unknown))


@settings(deadline=None)
@given(hostile)
def test_name_of_an_author_cannot_imitate_our_lines(name: str) -> None:
    issue = IssueContext(title="t", author=TextAuthor(name=name, role="guest"))
    (line,) = (
        line for line in compose(parts(issue=issue)).splitlines() if line.startswith(f"{OPENING} title")
    )
    by = line.removeprefix(f"{OPENING} title by ").removesuffix(" (guest)")
    assert len(by) <= 100
    assert by.isascii()
    assert not {*"\n|<>`()\x1b"} & {*by}
    assert NONCE not in by.lower()


@settings(deadline=None)
@given(hostile, hostile, st.booleans())
def test_agent_text_ends_the_message_without_secrets(body: str, task: str, reply_is_read: bool) -> None:
    with_secrets = parts(
        instructions=task,
        issue=IssueContext(body=body),
        report_url="https://mosaic.test/reports",
        report_token="run.t0ken",
        reply_is_read=reply_is_read,
    )
    text = agent_text(with_secrets)
    assert compose(with_secrets).endswith(f"\n\n{text}")
    assert text == agent_text(parts(instructions=task, issue=IssueContext(body=body), gates=()))
    assert "run.t0ken" not in text
    assert "https://mosaic.test/reports" not in text


def test_largest_preamble_leaves_room_for_the_text() -> None:
    largest = parts(
        repository=f"{'o' * 100}/{'r' * 100}",
        issue_number=2**63,
        gates=tuple(f"{number:064d}" for number in range(20)),
        report_url="https://mosaic.test/" + "p" * 400,
        report_token="t" * 300,
        instructions="x" * 100_000,
    )
    preamble = compose(largest).partition("## Limits")[0]
    assert len(preamble.encode()) < PREAMBLE_MAX_BYTES
    assert "[cut: " not in preamble


def test_without_an_issue_there_is_no_data() -> None:
    message = compose(
        parts(issue=None, repository=None, issue_number=None, tools=(), capabilities=(), gates=())
    )
    assert message.count("Tools: none") == 1
    assert "on no repository." in message
    assert not any(line.startswith(OPENING) for line in message.splitlines())


@settings(deadline=None)
@given(hostile, hostile, hostile, st.lists(hostile, max_size=3))
def test_data_cannot_imitate_our_lines(title: str, body: str, comment: str, links: list[str]) -> None:
    issue = IssueContext(title=title, body=body, comment=comment, links=tuple(links))
    message = compose(parts(issue=issue))
    data = message[len(compose(parts(issue=None))) :]
    for line in data.splitlines():
        if line.startswith("| "):
            assert NONCE not in line.lower()
        else:
            assert line == "" or line.startswith((f"{OPENING} ", f"{CLOSING} ", "[cut: "))
    assert data.count(OPENING) == data.count(f"\n{CLOSING}") <= 4


@settings(deadline=None)
@given(st.integers(0, 70_000), st.integers(0, 70_000), st.sampled_from(["x", "ä", "€", "😀", "\n", "x\n"]))
def test_message_never_exceeds_its_limit(task: int, body: int, character: str) -> None:
    message = compose(
        parts(instructions=character * task, issue=IssueContext(title="t", body=character * body))
    )
    assert len(message.encode()) <= MESSAGE_MAX_BYTES


@settings(deadline=None)
@given(st.integers(0, 30_000), st.integers(0, 30_000))
def test_fitting_text_is_not_cut(task: int, body: int) -> None:
    message = compose(parts(instructions="i" * task, issue=IssueContext(title="t", body="b" * body)))
    assert "[cut: " not in message
    assert "b" * body in message


@pytest.mark.parametrize(
    ("instructions", "body"), [("x" * 100_000, "b" * 10), ("x", "b" * 100_000), ("x" * 65_000, "b" * 65_000)]
)
def test_too_long_text_is_cut_from_the_end(instructions: str, body: str) -> None:
    message = compose(parts(instructions=instructions, issue=IssueContext(title="kept", body=body)))
    assert len(message.encode()) <= MESSAGE_MAX_BYTES
    assert "[cut: " in message
    assert "## Limits" in message
    assert message.rstrip().endswith(f"{CLOSING} body>>>")


def test_invisible_characters_do_not_reach_the_agent() -> None:
    hidden = "a\u200bb\u202ec\x1b[31md\U000e0041e\ufe0f\u3164\u2800\ue000f"
    message = compose(
        parts(issue=IssueContext(title=hidden, body=hidden, comment=hidden), instructions=hidden)
    )
    assert message.count("\n| abc[31mdef\n") == 3
    assert "## Task\nabc[31mdef\n" in message


@pytest.mark.parametrize("nonce", ["", "short", "has space here", "n" * 65, "line\nbreak9"])
def test_nonce_must_be_one_long_word(nonce: str) -> None:
    with pytest.raises(ValueError, match="nonce"):
        parts(nonce=nonce)


@pytest.mark.parametrize(
    ("summary", "commit"),
    [
        (f"Mosaic-Commit: {'a1' * 20}\nDone.", "a1" * 20),
        (f"**Mosaic-Commit:** `{'A1' * 20}`", "a1" * 20),
        (f"Done.\n- mosaic-commit: {'0' * 40}", "0" * 40),
        (f"Mosaic-Commit: {'a1' * 32}", "a1" * 32),
        (f"Mosaic-Commit:\n`{'a1' * 20}`", "a1" * 20),
        ("x\n" * 40_000 + f"Mosaic-Commit: {'a1' * 20}", "a1" * 20),
        ("\n" * 60_000, None),
        (f"Mosaic-Commit: {'a' * 39}", None),
        (f"Mosaic-Commit: {'a' * 41}", None),
        (f"See Mosaic-Commit: {'a' * 40}", None),
        ("Done.", None),
        ("", None),
    ],
)
def test_commit_is_read_from_the_reply(summary: str, commit: str | None) -> None:
    assert commit_in(summary) == commit
