"""A file in the pipeline's hands is not handed out again."""

from __future__ import annotations

from ingestd.model import FileIdentity
from ingestd.watch.flight import Flight

ONE = FileIdentity(1, 2, 3, 4)
OTHER = FileIdentity(1, 5, 3, 4)


def test_a_file_is_held_until_released() -> None:
    """Held while out, free after."""
    flight = Flight()
    assert not flight.holds(b"a", ONE)
    flight.hand_out(b"a", ONE)
    assert flight.holds(b"a", ONE)
    assert flight.release(b"a") is False
    assert not flight.holds(b"a", ONE)
    assert len(flight) == 0


def test_a_new_file_under_the_name_is_remembered() -> None:
    """What replaced a file that is out is looked at after its release."""
    flight = Flight()
    flight.hand_out(b"a", ONE)
    assert flight.holds(b"a", OTHER)
    assert flight.release(b"a") is True
    assert flight.release(b"a") is False
