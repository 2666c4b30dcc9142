"""Files that rest are remembered in bounded memory and come up when it is time."""

from __future__ import annotations

from ingestd.model import FileIdentity
from ingestd.watch import waiting
from ingestd.watch.waiting import Waiting

ONE = FileIdentity(1, 2, 3, 4)
OTHER = FileIdentity(1, 2, 30, 40)


def test_a_file_comes_up_once_when_it_has_rested() -> None:
    """Not before its time, and not again until it is put again."""
    table = Waiting()
    assert table.put(b"a", ONE, now=0, wait=2)
    assert table.next_due() == 2
    assert table.take_due(1.9, limit=9) == []
    assert table.take_due(2, limit=9) == [b"a"]
    assert table.take_due(3, limit=9) == []
    assert table.rested(b"a", ONE, 3) == 3


def test_a_changed_file_begins_anew() -> None:
    """Rest is counted from the last change seen."""
    table = Waiting()
    table.put(b"a", ONE, now=0, wait=2)
    table.put(b"a", OTHER, now=1, wait=2)
    assert table.rested(b"a", ONE, 2) == 0
    assert table.rested(b"a", OTHER, 2) == 1
    assert table.take_due(2, limit=9) == []
    assert table.take_due(3, limit=9) == [b"a"]


def test_a_dropped_file_does_not_come_up() -> None:
    """What is no longer of interest is gone."""
    table = Waiting()
    table.put(b"a", ONE, now=0, wait=2)
    table.drop(b"a")
    assert len(table) == 0
    assert table.take_due(5, limit=9) == []


def test_an_earlier_time_wins() -> None:
    """A file that needs less rest than thought at first is not held up."""
    table = Waiting()
    table.put(b"a", ONE, now=0, wait=30)
    table.put(b"a", ONE, now=1, wait=2)
    assert table.take_due(3, limit=9) == [b"a"]


def test_memory_is_bounded() -> None:
    """A full table takes no more; files that come and go leave nothing behind."""
    table = Waiting()
    for index in range(waiting.CAPACITY):
        assert table.put(b"%d" % index, ONE, now=0, wait=2)
    assert table.full
    assert not table.put(b"more", ONE, now=0, wait=2)
    for index in range(5 * waiting.CAPACITY):
        table.drop(b"%d" % (index % waiting.CAPACITY))
        assert table.put(b"%d" % (index % waiting.CAPACITY), ONE, now=1, wait=2)
    assert len(table._order) <= 2 * waiting.CAPACITY + 1
