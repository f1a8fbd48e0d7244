"""Bugs that can be planted into the product's own code, to see that the simulation finds them.

Each is a mistake that somebody could make, or has made elsewhere; its first line says what goes wrong.
"""

from tests.simulation.mutants import (
    accepting,
    approving,
    burying,
    checking,
    dispatching,
    ending,
    entering,
    looking,
    recording,
    repairing,
    spending,
    telling,
)
from tests.simulation.mutants.registry import MUTANTS, planted

__all__ = [
    "MUTANTS",
    "accepting",
    "approving",
    "burying",
    "checking",
    "dispatching",
    "ending",
    "entering",
    "looking",
    "planted",
    "recording",
    "repairing",
    "spending",
    "telling",
]
