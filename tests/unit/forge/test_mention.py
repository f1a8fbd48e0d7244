"""Mentions of the bot in texts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mosaic.forge.command_text import CommandText
from mosaic.forge.intent import Command
from mosaic.forge.mention import is_bot, parse_addressed_text, parse_mention

MARKS = [
    "@mosaic",
    "@",
    "mosaic",
    "`",
    "```",
    "~~~",
    "\n",
    "\r\n",
    "> ",
    "    ",
    "- ",
    "<!--",
    "-->",
    "cancel",
]
texts = st.lists(st.sampled_from(MARKS) | st.text(alphabet="a ._é修\t\u2028", max_size=8), max_size=12).map(
    "".join
)


@pytest.mark.parametrize(
    ("text", "instructions"),
    [
        ("@mosaic fix the login", "fix the login"),
        ("@Mosaic Fix the Login", "Fix the Login"),
        ("  \n@mosaic, fix it\n\nThanks", "fix it\n\nThanks"),
        ("@mosaic: fix it", "fix it"),
        ("@mosaic\n- one\n- two", "- one\n- two"),
        ("@mosaic", ""),
        ("@mosaic[bot] fix it", "fix it"),
        ("@mosaic修复登录", "修复登录"),
        ("@mosaic -- fix it", "-- fix it"),
        ("Could you fix it, @mosaic?", "Could you fix it, @mosaic?"),
        ("(cc @mosaic)", "(cc @mosaic)"),
        ("Ask @mosaic.", "Ask @mosaic."),
        ("请@mosaic看", "请@mosaic看"),
        ("> was it this?\n\n@mosaic yes, fix it", "> was it this?\n\n@mosaic yes, fix it"),
        ("```\nlog\n```\n@mosaic explain", "```\nlog\n```\n@mosaic explain"),
        ("`@mosaic` is @mosaic", "`@mosaic` is @mosaic"),
        ("- item\n    @mosaic in the item", "- item\n    @mosaic in the item"),
        ("a ` lone backtick\n\n@mosaic fix `this`", "a ` lone backtick\n\n@mosaic fix `this`"),
        ("`<!--` hides, @mosaic", "`<!--` hides, @mosaic"),
        ("@mosaic-team and @mosaic", "@mosaic-team and @mosaic"),
    ],
)
def test_mention_has_instructions(text: str, instructions: str) -> None:
    mention = parse_mention(text, "mosaic")
    assert mention is not None
    assert (mention.commands, mention.text) == ((), instructions)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fix the login",
        "mosaic fix it",
        "write to foo@mosaic.dev",
        "write to foo@mosaic",
        "@mosaic.dev is a domain",
        "@mosaic-team please look",
        "@mosaicbot please look",
        "@mosaic_x please look",
        "@mosaic/reviewers please look",
        "@@mosaic",
        "https://social.example/@mosaic is a page",
        "`@mosaic fix it`",
        "``a ` @mosaic``",
        "```\n@mosaic fix it\n```",
        "```python\n@mosaic\ndef f(): ...",
        "~~~~\n```\n@mosaic\n~~~\n~~~~",
        "1. ```\n   @mosaic\n   ```",
        "    @mosaic fix it",
        "text\n\n\t@mosaic fix it",
        "> @mosaic fix it",
        "  > > @mosaic fix it",
        "- > @mosaic fix it",
        "<!-- mention @mosaic to start -->",
        "<!-- @mosaic",
    ],
)
def test_text_without_mention_is_none(text: str) -> None:
    assert parse_mention(text, "mosaic") is None


@pytest.mark.parametrize(
    ("text", "command", "reason"),
    [
        ("@mosaic cancel", "cancel", ""),
        ("@mosaic Cancel.", "cancel", ""),
        ("@mosaic, cancel please!", "cancel", ""),
        ("@mosaic cancel\r\nWrong branch.\r\n", "cancel", "Wrong branch."),
        ("Wrong branch.\n@mosaic cancel", "cancel", ""),
        ("> shall I go on?\n\n@mosaic cancel", "cancel", ""),
        ("@mosaic retry", "retry", ""),
        ("@MOSAIC STATUS", "status", ""),
        ("@mosaic approve", "approve", ""),
        ("@mosaic approve looks safe", "approve", "looks safe"),
        ("@mosaic approve: looks safe\nto me", "approve", "looks safe\nto me"),
        ("@mosaic deny - touches production", "deny", "touches production"),
    ],
)
def test_command_is_parsed(text: str, command: Command, reason: str) -> None:
    mention = parse_mention(text, "mosaic")
    assert mention is not None
    assert mention.commands == (CommandText(command, reason),)


@pytest.mark.parametrize(
    "text",
    [
        "@mosaic cancel the subscription flow should be fixed",
        "@mosaic cancel: button does nothing",
        "@mosaic cancelled orders are lost",
        "@mosaic retry-logic is broken",
        "@mosaic status page shows 500",
        "@mosaic approved orders are lost",
        "@mosaic approve-all is broken",
        "@mosaic `cancel`",
        "I would not let @mosaic cancel",
        "@mosaic fix the login\n@mosaic cancel",
        "@mosaic please\ncancel",
    ],
)
def test_instructions_resembling_a_command(text: str) -> None:
    mention = parse_mention(text, "mosaic")
    assert mention is not None
    assert mention.commands == ()


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("cancel k3x9qa", [CommandText("cancel", "", "k3x9qa")]),
        ("Cancel K3X9QA, please.", [CommandText("cancel", "", "k3x9qa")]),
        ("cancel `k3x9qa`.", [CommandText("cancel", "", "k3x9qa")]),
        ("cancel k3x9qa because it hangs", [CommandText("cancel", "because it hangs", "k3x9qa")]),
        ("cancel k3x9qa: it hangs\nfor hours", [CommandText("cancel", "it hangs\nfor hours", "k3x9qa")]),
        ("status k3x9qa", [CommandText("status", "", "k3x9qa")]),
        ("retry k3x9qa use Postgres", [CommandText("retry", "use Postgres", "k3x9qa")]),
        ("retry k3x9qa\nuse Postgres", [CommandText("retry", "use Postgres", "k3x9qa")]),
        ("retry\nuse Postgres\n\nand Redis", [CommandText("retry", "use Postgres\n\nand Redis")]),
        ("approve k3x9qa looks safe", [CommandText("approve", "looks safe", "k3x9qa")]),
        ("deny k3x9qa - no", [CommandText("deny", "no", "k3x9qa")]),
        # A number behind the code is the attempt of the job.
        ("approve k3x9qa-2", [CommandText("approve", "", "k3x9qa", attempt=2)]),
        ("approve `K3X9QA-2`: read it", [CommandText("approve", "read it", "k3x9qa", attempt=2)]),
        ("cancel k3x9qa-12, please.", [CommandText("cancel", "", "k3x9qa", attempt=12)]),
        ("retry k3x9qa-002\nuse Postgres", [CommandText("retry", "use Postgres", "k3x9qa", attempt=2)]),
        ("status k3x9qa-0", [CommandText("status", "", "k3x9qa", attempt=0)]),
        ("deny k3x9qa -2", [CommandText("deny", "2", "k3x9qa")]),
        ("cancel server-2", [CommandText("cancel", "", "server", attempt=2)]),
        ("retry server-2 tests", [CommandText("retry", "tests", "server", certain=False, attempt=2)]),
        ("cancel k3x9qa-", []),
        ("cancel k3x9qa-1234", []),
        ("cancel k3x9qa-x", []),
        ("cancel k3x9qa-2-3", []),
        ("approve k3x9qa-1234", [CommandText("approve", "k3x9qa-1234")]),
        # Without a digit, a code that stands alone counts, and one before other words may be a word.
        ("cancel server", [CommandText("cancel", "", "server")]),
        ("retry server tests", [CommandText("retry", "tests", "server", certain=False)]),
        (
            "approve tested by me",
            [
                CommandText("approve", "by me", "tested", certain=False),
                CommandText("approve", "tested by me"),
            ],
        ),
        ("approve: tested", [CommandText("approve", "tested")]),
        # A code has six characters, without I, L, O and U.
        ("cancel k3x9q", []),
        ("cancel k3x9qab", []),
        ("cancel k3x9ql", []),
        ("cancel server-side rendering", []),
        ("cancel 2-step login", []),
        ("approve k3x9ql", [CommandText("approve", "k3x9ql")]),
    ],
)
def test_short_code_follows_the_command(text: str, readings: list[CommandText]) -> None:
    mention = parse_mention(f"@mosaic {text}", "mosaic")
    assert mention is not None
    assert [*mention.commands] == readings
    assert mention.text == text


def test_addressed_text_needs_no_mention() -> None:
    assert parse_addressed_text(" fix it ").text == "fix it"
    assert parse_addressed_text("cancel").commands == (CommandText("cancel", ""),)


@pytest.mark.parametrize(
    ("login", "bot", "same"),
    [
        ("mosaic", "mosaic", True),
        ("Mosaic", "mosaic", True),
        ("mosaic[bot]", "mosaic", True),
        ("mosaic", "@mosaic[bot]", True),
        ("mosaic-team", "mosaic", False),
        ("", "mosaic", False),
    ],
)
def test_bot_login_is_recognised(login: str, bot: str, same: bool) -> None:
    assert is_bot(login, bot) is same


@settings(deadline=None)
@given(text=texts)
def test_mention_requires_the_login(text: str) -> None:
    mention = parse_mention(text, "mosaic")
    assert mention is None or "@mosaic" in text.lower()


@settings(deadline=None)
@given(text=texts)
def test_quoted_text_has_no_mention(text: str) -> None:
    quoted = "\n".join(f"> {line}" for line in text.split("\n"))
    assert parse_mention(quoted, "mosaic") is None


@settings(deadline=None)
@given(text=st.text(alphabet="abc `*_.\n", max_size=40))
def test_mention_at_the_start_is_found(text: str) -> None:
    assert parse_mention(f"@mosaic {text}", "mosaic") is not None


@pytest.mark.parametrize(
    "unit", ["`", "<!--", "``` ", "@mosaicx ", "> ", "- ", "\n", "\\`", "` `` ", "    x\n\n"]
)
def test_longest_text_is_parsed(unit: str) -> None:
    assert parse_mention(unit * (65_536 // len(unit)), "mosaic") is None
