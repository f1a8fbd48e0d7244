"""The capabilities, with their levels and the gateway tools that they enable. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """The power of a capability. The first three levels are granted by default, within the profile."""

    READ = "read"
    ORGANIZE = "organize"
    DRAFT = "draft"
    EXECUTE = "execute"
    ADMIN = "admin"


@dataclass(frozen=True)
class Capability:
    """A permission of an agent, named `resource:action`."""

    name: str
    level: Level
    tools: tuple[str, ...] = ()


# The gateway enables `apply_patch` together with `write`. `exec` is an unrestricted shell, so only one
# capability enables it. A capability without tools only instructs the agent.
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
    """Returns the gateway tools that these capabilities enable, sorted."""
    opened = {tool for name in capabilities for tool in CAPABILITIES[name].tools}
    return tuple(sorted(opened))


# The capabilities of a profile when the job requests no others.
PROFILES: dict[str, tuple[str, ...]] = {
    "runner": ("code:read", "git:read", "issue:read"),
    "weaver": ("code:read", "git:read", "issue:read", "code:write", "git:commit", "issue:comment"),
    "inspector": ("code:read", "git:read", "issue:read", "gate:run"),
    "herald": ("issue:read", "issue:comment", "message:send"),
    "bridge": ("issue:read", "issue:comment", "message:send"),
}
