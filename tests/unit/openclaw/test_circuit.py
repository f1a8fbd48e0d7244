"""The circuit's own rules, on any history of calls."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from mosaic.openclaw.circuit import (
    FAILURES,
    FIRST_WAIT,
    MOST_WAIT,
    PROBE_SOON,
    PROBE_TIME,
    Circuit,
    CircuitState,
)
from tests.fakes.clock import NOON

SECOND = timedelta(seconds=1)


def opened() -> Circuit:
    circuit = Circuit()
    for _ in range(FAILURES):
        circuit = circuit.failed("a", "away", NOON)
    return circuit


def test_circuit_opens_at_the_failure_limit() -> None:
    circuit = Circuit()
    for n in range(1, FAILURES + 1):
        assert not circuit.is_open
        circuit = circuit.failed("a", "away", NOON)
        assert circuit.failures == n
    assert (circuit.opened_at, circuit.reason) == (NOON, "away")


def test_no_call_before_the_next_probe() -> None:
    circuit = opened()
    assert circuit.wait(NOON) == FIRST_WAIT
    assert circuit.wait(NOON + FIRST_WAIT - SECOND) == SECOND
    assert circuit.wait(NOON + FIRST_WAIT) is None


def test_lost_prober_is_replaced() -> None:
    at = NOON + FIRST_WAIT
    circuit = opened().probed("a", at)
    assert circuit.state(at) is CircuitState.HALF_OPEN
    assert circuit.wait(at) == PROBE_SOON
    assert circuit.wait(at + PROBE_TIME) is None


def test_failed_probes_back_off_up_to_a_limit() -> None:
    circuit, waits = opened(), []
    for _ in range(6):
        circuit = circuit.probed("a", NOON).failed("a", "away", NOON)
        assert circuit.probe_at
        waits.append(circuit.probe_at - NOON)
    assert waits == sorted(waits)
    assert waits[0] == 2 * FIRST_WAIT
    assert waits[-1] == MOST_WAIT


def test_earlier_call_does_not_change_open_circuit() -> None:
    circuit = opened().probed("a", NOON + FIRST_WAIT)
    assert circuit.failed("late", "away", NOON + FIRST_WAIT) == circuit


steps = st.lists(st.tuples(st.sampled_from("abc"), st.booleans(), st.integers(0, 40)), max_size=40)


@given(steps)
def test_while_it_is_open_one_at_a_time_may_call(history: list[tuple[str, bool, int]]) -> None:
    circuit, now = Circuit(), NOON
    for who, works, seconds in history:
        now += seconds * SECOND
        if circuit.wait(now) is None:
            if circuit.is_open:
                circuit = circuit.probed(who, now)
                assert circuit.wait(now) is not None
            circuit = Circuit() if works else circuit.failed(who, "away", now)
        assert circuit.is_open == (circuit.failures >= FAILURES)
        assert Circuit.model_validate_json(circuit.model_dump_json(by_alias=True)) == circuit
