"""Finds policies that use a grant or an approval to forbid. Pure.

A grant or an approval never turns a yes into a no: with it a permit matches all requests that it matches
without it, and a forbid no others. So a withdrawn grant never widens an agent's rights.
"""

from __future__ import annotations

from collections.abc import Iterator

from cedarpy import pst

from mosaic.rails.attribute_domains import Domains
from mosaic.rails.comparisons import Conditions
from mosaic.rails.conditions import with_value
from mosaic.rails.satisfiability import is_satisfiable
from mosaic.rails.work_limit import WorkLimit


def flags_used_against(
    effect: pst.Effect, conditions: Conditions, domains: Domains, limit: WorkLimit
) -> Iterator[str]:
    """Yields the context flags that restrict, or may restrict, an agent. Raises WorkLimitExceeded.

    It looks for a request that a permit matches without the flag and not with it, or a forbid the other way.
    """
    matching = effect == "forbid"
    for flag in sorted(conditions.flags):
        matches = with_value(conditions.holds, f"context.{flag}", matching)
        fails = with_value(conditions.fails, f"context.{flag}", not matching)
        if flag in conditions.unclear_flags or is_satisfiable((fails, matches), domains, limit):
            yield flag
