"""Responses of the API to a watched job and its events."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def event(version: int, type: str = "job.progress") -> Json:
    return {"version": version, "index": 0, "type": type, "actor": "ada", "payload": {}}


def job(status: str, version: int, *events: Json) -> Json:
    return {
        "id": "01J00000000000000000000000",
        "status": status,
        "version": version,
        "events": list(events),
        "eventsCursor": f"{version}.0",
    }


def page(cursor: str | None, *events: Json) -> Json:
    return {"items": list(events), "cursor": cursor}
