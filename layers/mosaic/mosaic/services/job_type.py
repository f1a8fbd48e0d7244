"""Choose the type of the job that a request on an issue creates. Pure."""

from __future__ import annotations

from collections.abc import Collection

from mosaic.access.model import Workspace
from mosaic.forge.errors import PayloadError
from mosaic.forge.intent import JobRequested


def chosen_type(workspace: Workspace, request: JobRequested) -> str:
    """Returns the job type: that of the bot's own form, of the first word, of a label, or of the event.

    Raises PayloadError if the bot's own form names an unknown type.
    """
    if "type" in request.metadata:
        return metadata_choice(request, "type", "", workspace.job_types)
    default: str = getattr(workspace.triggers, request.action)
    return _type_of_word(workspace, request) or _type_of_labels(workspace, request) or default


def instructions_without_type(workspace: Workspace, request: JobRequested) -> str:
    """Returns the instructions without a job type that a colon separates from them.

    A type that is the whole text leaves the issue's own text. A type without a colon is part of a sentence, such as
    "review the login", and stays.
    """
    if _type_of_word(workspace, request) is None:
        return request.instructions
    first, *rest = request.instructions.split(maxsplit=1)
    if not rest:
        return request.issue.task
    return rest[0] if first.endswith(":") else request.instructions


def metadata_choice(request: JobRequested, field: str, default: str, known: Collection[str]) -> str:
    """Returns the value of the bot's own form for `field`. Raises PayloadError if it is not one of `known`."""
    name = request.metadata.get(field, default)
    if not isinstance(name, str) or name not in known:
        raise PayloadError(f"metadata.{field}", f"should be one of {', '.join(sorted(known))}")
    return name


def _type_of_word(workspace: Workspace, request: JobRequested) -> str | None:
    """Returns the job type that is the first word behind the mention, if it is one."""
    words = request.instructions.split(maxsplit=1)
    if not request.is_addressed or not words:
        return None
    word = words[0].rstrip(":.,!").lower()
    return next((name for name in workspace.job_types if name.lower() == word), None)


def _type_of_labels(workspace: Workspace, request: JobRequested) -> str | None:
    """Returns the type of the first entry of `triggers.labels` that the issue has. Forges ignore case in labels."""
    labels = {label.lower() for label in request.labels}
    return next((type for label, type in workspace.triggers.labels.items() if label.lower() in labels), None)
