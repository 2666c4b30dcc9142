"""Turns among priorities."""

from __future__ import annotations

from ingestd.store.turns import Turns


def test_each_line_keeps_its_own_order() -> None:
    """Within a priority nothing overtakes."""
    picked = Turns().pick([[1, 2, 3], [10, 11, 12], [20, 21, 22]], 9)
    for line in ([1, 2, 3], [10, 11, 12], [20, 21, 22]):
        assert [p for p in picked if p in line] == line


def test_shares_hold_across_calls() -> None:
    """One at a time or many at once: a quarter for normal, a sixteenth for low, the rest for high."""
    turns = Turns()
    picked = [turns.pick([[1], [2], [3]], 1)[0] for _ in range(160)]
    assert [picked.count(p) for p in (1, 2, 3)] == [120, 30, 10]


def test_nothing_is_left_lying_while_there_is_room() -> None:
    """A share nobody uses goes to the others."""
    assert Turns().pick([[], [], [7, 8]], 5) == [7, 8]
    assert Turns().pick([[], [], []], 5) == []
