"""Decide whether a request of a program counts: bots and agents that answer each other must not loop. Pure."""

from __future__ import annotations

from mosaic.access.model import Workspace
from mosaic.forge.intent import CommandRequested, JobRequested
from mosaic.jobs.actors import in_actors


def refusal_of_program(workspace: Workspace, request: JobRequested | CommandRequested) -> str | None:
    """Returns why a request does not count because a program made it, None if it counts.

    The accounts in `agent_logins` never count. Accounts that the forge marks as programs count only if
    `allowed_bots` has them.
    """
    actor = request.identity
    if in_actors(actor, workspace.agent_logins):
        return f"{request.actor} is the account of an agent (agentLogins), which requests nothing"
    if request.is_bot and not in_actors(actor, workspace.allowed_bots):
        return f"{request.actor} is a bot that the workspace does not allow (allowedBots)"
    return None
