"""The table that a run ends with, and that docs/explanation/reliability.md shows."""

from __future__ import annotations

from collections.abc import Mapping

from tests.chaos.run import Done


def table(done: Done) -> str:
    """The figures of a run, in Markdown."""
    lines = (f"| {name} | {count:,} |" for name, count in _figures(done).items())
    return "\n".join(["", "| | |", "|---|---:|", *lines])


def _figures(done: Done) -> Mapping[str, int]:
    count, ids = done.ledger.counted, set(done.ledger.ids)
    return {
        "accepted": len(ids),
        "ended once an attempt, as they should, recorded whole": len(ids - {job for job, _ in done.wrong}),
        "dispatched (attempts that the gateway ran)": len({run.key for run in done.runs}),
        "gates reported": count["gates"],
        "cancelled while they ran": count["cancel"],
        "retried by people": count["retry"],
        "duplicates absorbed (requests, reports and messages sent again)": sum(
            count[what] for what in ("repeated", "reported twice", "messages")
        ),
        "requests that got no answer and were asked again": count["unanswered"],
        "kills (SIGKILL to a worker at work)": count["kills"],
        "restarts of the gateway": count["restarts"],
        "wrong": len(done.wrong),
        "seconds to ask for all": round(done.asked),
        "seconds until all had ended": round(done.ended),
        "seconds until all was recorded, and checked": round(done.recorded),
    }
