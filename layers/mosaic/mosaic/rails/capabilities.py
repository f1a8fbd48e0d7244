"""Every capability, its level, and the tools of the gateway that it opens: one table. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a capability can do; the first three are granted by default, within the profile."""

    READ = "read"
    ORGANIZE = "organize"
    DRAFT = "draft"
    EXECUTE = "execute"
    ADMIN = "admin"


@dataclass(frozen=True)
class Capability:
    """One thing an agent may be allowed to do, as `resource:action`."""

    name: str
    level: Level
    tools: tuple[str, ...] = ()


# `apply_patch` writes, and the gateway opens it with `write`; `exec` is a shell and nothing less, so that
# no other capability opens it. Capabilities without tools tell the agent what it may do with those it has.
CAPABILITIES: dict[str, Capability] = {
    capability.name: capability
    for capability in (
        Capability("code:read", Level.READ, ("read",)),
        Capability("git:read", Level.READ, ("read",)),
        Capability("issue:read", Level.READ),
        Capability("issue:label", Level.ORGANIZE),
        Capability("gate:run", Level.ORGANIZE),
        Capability("code:write", Level.DRAFT, ("write", "edit", "apply_patch")),
        Capability("git:commit", Level.DRAFT),
        Capability("issue:comment", Level.DRAFT),
        Capability("message:send", Level.DRAFT, ("message",)),
        Capability("git:push", Level.EXECUTE),
        Capability("pr:create", Level.EXECUTE),
        Capability("shell:execute", Level.EXECUTE, ("exec", "process")),
        Capability("net:egress", Level.EXECUTE, ("web_fetch", "web_search")),
        Capability("git:force-push", Level.ADMIN),
        Capability("pr:merge", Level.ADMIN),
        Capability("repository:configure", Level.ADMIN),
    )
}


def tools_of(capabilities: tuple[str, ...]) -> tuple[str, ...]:
    """The gateway's tools that these capabilities open, in a stable order."""
    opened = {tool for name in capabilities for tool in CAPABILITIES[name].tools}
    return tuple(sorted(opened))


# What a profile asks for when a job names nothing further.
PROFILES: dict[str, tuple[str, ...]] = {
    "runner": ("code:read", "git:read", "issue:read"),
    "weaver": ("code:read", "git:read", "issue:read", "code:write", "git:commit", "issue:comment"),
    "inspector": ("code:read", "git:read", "issue:read", "gate:run"),
    "herald": ("issue:read", "issue:comment", "message:send"),
    "bridge": ("issue:read", "issue:comment", "message:send"),
}
