"""How much a document may cost before the rest of it is given up."""

from __future__ import annotations

import pytest

from ingestd.errors import DocumentTooLarge, WorkerCrashed
from ingestd.flow.toll import HOPELESS, MAX_DEATHS, Toll


def test_patience_ends_before_hope() -> None:
    """First the second tries, then all tries; the last death is the reason."""
    toll = Toll(max_text=100)
    for number in range(1, HOPELESS + 1):
        assert toll.hopeless is None
        assert toll.patient == (number <= MAX_DEATHS)
        death = WorkerCrashed(f"death {number}")
        toll.died(death)
    assert toll.hopeless is death


def test_more_good_than_bad_keeps_hope() -> None:
    """A long document may have many bad pages."""
    toll = Toll(max_text=100)
    for _ in range(2 * HOPELESS):
        toll.read(0)
        toll.died(WorkerCrashed("one of many"))
    assert toll.hopeless is None
    toll.died(WorkerCrashed("one too many"))
    assert toll.hopeless is not None


def test_too_much_in_all_is_too_much() -> None:
    """No range alone is."""
    toll = Toll(max_text=100)
    toll.read(60)
    with pytest.raises(DocumentTooLarge, match="larger than 100 bytes"):
        toll.read(60)
