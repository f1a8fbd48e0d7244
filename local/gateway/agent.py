"""The stand-in's agent: the tools that it is offered, and its turn for the markers in a message.

The markers are those of the stand-in model in tests of real gateways: `SLEEP=n` (seconds longer), `LONG=n` (a
reply of n characters), `FAIL500` (the provider fails), `[[TOOL:name {…}]]` (calls that tool first). The stand-in
alone knows `COMMIT=x` (names the commit x in its reply).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

GROUPS: Mapping[str, tuple[str, ...]] = {
    "group:runtime": ("exec", "process", "code_execution"),
    "group:fs": ("read", "write", "edit", "apply_patch", "ls"),
    "group:memory": ("memory_search", "memory_get"),
    "group:web": ("web_search", "x_search", "web_fetch"),
    "group:messaging": ("message",),
}
"""OpenClaw's tool groups, with the tools that the stand-in has."""

TOOLS = frozenset(tool for group in GROUPS.values() for tool in group)

DIRECT = frozenset(GROUPS["group:fs"] + ("exec", "process"))
"""The tools that the model sees by name."""

BRIDGE = ("tool_call", "tool_describe", "tool_search")
"""Offered to every run that has tools; through them the model calls the tools that are not direct."""

ALLOWED_TOOLS: Mapping[str, tuple[str, ...]] = {
    "main": ("*",),
    "runner": ("read",),
    "weaver": ("group:fs",),
    "inspector": ("read", "exec"),
    "herald": ("read", "message"),
    "bridge": ("read", "group:web", "message"),
}
"""The upper limit of each agent's tools, for any run."""

SUMMARY_MAX = 2000
NO_TOOLS_MS = 100
PROVIDER_ERROR = (
    "⚠️ fake/fake-1 request failed (provider internal error, HTTP 500). "
    "This is usually temporary — try again shortly."
)


@dataclass(frozen=True)
class Turn:
    """The result of an agent's turn; `tools` are those that the model sees.

    `reason` names an error after which the gateway retries.
    """

    duration_ms: int
    tools: tuple[str, ...]
    model_calls: int
    summary: str | None = None
    error: str | None = None
    reason: str | None = None


def run_turn(agent: str, message: str, tools_allow: Iterable[str], think_ms: int) -> Turn:
    """Returns the turn of an agent of ALLOWED_TOOLS for this message."""
    requested = tuple(tools_allow)
    tools = tuple(sorted(expand(requested) & expand(ALLOWED_TOOLS[agent])))
    if requested and not tools:
        return Turn(NO_TOOLS_MS, (), 0, error=_no_tools(agent, requested))
    offered = (*(tool for tool in tools if tool in DIRECT), *BRIDGE) if tools else ()
    duration_ms = think_ms + 1000 * _number("SLEEP", message, 0)
    if "FAIL500" in message:
        return Turn(duration_ms, offered, 1, error=PROVIDER_ERROR, reason="server_error")
    called = re.search(r"\[\[TOOL:(\w+) (\{.*?\})\]\]", message)
    if called is None:
        return Turn(duration_ms, offered, 1, summary=_reply(message))
    name = called.group(1)
    result = "done" if name in offered else f"Tool {name} not found"
    return Turn(duration_ms, offered, 2, summary=f"STUB-REPLY ok after-tool: {result}")


def expand(names: Iterable[str]) -> frozenset[str]:
    """Returns the known tools that these names and groups contain."""
    tools: set[str] = set()
    for name in names:
        tools.update(TOOLS if name == "*" else GROUPS.get(name, (name,)))
    return TOOLS & tools


def _reply(message: str) -> str:
    length = _number("LONG", message, -1)
    commit = re.search(r"COMMIT=([0-9a-f]+)", message)
    if commit:
        return f"Mosaic-Commit: {commit.group(1)}\nSTUB-REPLY ok"
    if length < 0:
        return "STUB-REPLY ok"
    reply = "L" * length
    return reply[:SUMMARY_MAX] + "…" if length > SUMMARY_MAX else reply or "NO_REPLY"


def _number(marker: str, message: str, default: int) -> int:
    match = re.search(rf"{marker}=(\d+)", message)
    return int(match.group(1)) if match else default


def _no_tools(agent: str, requested: tuple[str, ...]) -> str:
    allowed = ALLOWED_TOOLS[agent]
    standing = "" if allowed == ("*",) else f"agents.{agent}.tools.allow: {', '.join(allowed)}; "
    return (
        f"No callable tools remain after resolving explicit tool allowlist ({standing}"
        f"runtime toolsAllow: {', '.join(requested)}); no registered tools matched. "
        "Fix the allowlist or enable the plugin that registers the requested tool."
    )
