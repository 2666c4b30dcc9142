"""Alarms: on time, in order, and no trace of the cancelled."""

from __future__ import annotations

import threading
import time

from ingestd.concurrency.alarm import AlarmClock
from tests.eventually import eventually


def test_rings_in_order_of_time() -> None:
    """Set in any order, they ring by their instant, none early."""
    clock, rung = AlarmClock("test-alarms"), []
    began = time.monotonic()
    for seconds in (1.2, 0.4, 0.8):
        clock.set(seconds, lambda s=seconds: rung.append((s, time.monotonic() - began)))  # type: ignore[misc]
    eventually(lambda: len(rung) == 3)
    assert [seconds for seconds, _ in rung] == [0.4, 0.8, 1.2]
    assert all(at >= seconds for seconds, at in rung)
    clock.stop()


def test_cancelled_alarms_do_not_ring_and_do_not_pile_up() -> None:
    """A task that ends in time leaves nothing behind, however many there are."""
    clock, rung = AlarmClock("test-alarms"), []
    for _ in range(10_000):
        clock.cancel(clock.set(3600, lambda: rung.append(1)))
    assert len(clock._heap) < 200
    clock.set(0, lambda: rung.append(2))
    eventually(lambda: rung == [2])
    clock.stop()
    eventually(lambda: not [t for t in threading.enumerate() if t.name == "test-alarms"])
