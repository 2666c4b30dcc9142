"""Order of work: high before normal before low, and the low are not starved."""

from __future__ import annotations

import itertools

import pytest

from ingestd.concurrency import ConcurrencyManager
from ingestd.concurrency.priorities import PATIENCE
from tests.concurrency.gate import Gate
from tests.eventually import eventually


def test_best_first_and_first_come_within_a_priority(manager: ConcurrencyManager) -> None:
    """What waits is taken by priority, then in the order of submission."""
    manager.set_limit("io", 1)
    gate, order = Gate(), []
    manager.submit_io(gate)
    futures = [
        manager.submit_io(order.append, (priority, n), priority=priority)
        for n, priority in enumerate(["low", "normal", "high"] * 5)
    ]
    gate.open()
    for future in futures:
        future.result(10)
    assert [priority for priority, _ in order] == ["high"] * 5 + ["normal"] * 5 + ["low"] * 5
    assert all(a[1] < b[1] for a, b in itertools.pairwise(order) if a[0] == b[0])


def test_low_is_not_starved(manager: ConcurrencyManager) -> None:
    """Under an endless stream of high work, low work still gets its turn."""
    manager.set_limit("io", 1)
    gate = Gate()
    manager.submit_io(gate)
    low = manager.submit_io(int, priority="low")
    taken = []

    def more() -> None:
        taken.append(1)
        if not low.done() and len(taken) < 100 * PATIENCE:
            manager.submit_io(more, priority="high")

    for _ in range(4):
        manager.submit_io(more, priority="high")
    gate.open()
    eventually(low.done)
    assert PATIENCE <= len(taken) <= 2 * PATIENCE


def test_unknown_priority_is_refused(manager: ConcurrencyManager) -> None:
    """A misspelt priority is an error at the call."""
    with pytest.raises(ValueError, match="high, normal, low"):
        manager.submit_io(int, priority="urgent")
