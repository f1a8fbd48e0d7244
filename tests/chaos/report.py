"""The table of a run, which docs/explanation/reliability.md shows."""

from __future__ import annotations

from collections.abc import Mapping

from tests.chaos.run import Outcome


def table(outcome: Outcome) -> str:
    """Returns the figures of a run as a Markdown table."""
    lines = (f"| {name} | {figure:,} |" for name, figure in _figures(outcome).items())
    return "\n".join(["", "| | |", "|---|---:|", *lines])


def _figures(outcome: Outcome) -> Mapping[str, int]:
    counts, ids = outcome.history.counts, set(outcome.history.ids)
    return {
        "accepted": len(ids),
        "ended once per attempt, as planned, and recorded completely": len(
            ids - {job for job, _ in outcome.violations}
        ),
        "dispatched (attempts that the gateway ran)": len({run.key for run in outcome.runs}),
        "commits pushed": counts["pushes"],
        "gates reported": counts["gates"],
        "cancelled during their run": counts["cancel"],
        "retried by people": counts["retry"],
        "duplicates absorbed (requests, pushes, reports and messages sent again)": sum(
            counts[action] for action in ("repeated", "pushed twice", "reported twice", "messages")
        ),
        "requests without a response, sent again": counts["unanswered"],
        "kills (SIGKILL to a busy worker)": counts["kills"],
        "restarts of the gateway": counts["restarts"],
        "violations": len(outcome.violations),
        "seconds until all were created": round(outcome.created),
        "seconds until all had ended": round(outcome.ended),
        "seconds until all were recorded and checked": round(outcome.recorded),
    }
