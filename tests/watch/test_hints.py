"""What events said is kept in bounded memory and told once."""

from __future__ import annotations

from ingestd.watch import hints
from ingestd.watch.hints import Hints, Sign


def woken(hint: Hints) -> list[bool]:
    """Records the wake calls."""
    calls: list[bool] = []
    hint.wake = calls.append
    return calls


def test_one_wake_call_for_many_hints() -> None:
    """Events that come while nobody looks cost one call; urgent ones one more after others."""
    hint = Hints()
    calls = woken(hint)
    for index in range(100):
        hint.name(b"", b"%d" % index, Sign.SEEN)
    hint.name(b"", b"5", Sign.CLOSED)
    hint.name(b"", b"6", Sign.CLOSED)
    assert calls == [False, True]
    hint.take()
    hint.name(b"", b"7", Sign.CLOSED)
    assert calls == [False, True, True]


def test_closed_outweighs_seen() -> None:
    """What is known of a file is not forgotten by a lesser event."""
    hint = Hints()
    hint.name(b"d", b"a", Sign.CLOSED)
    hint.name(b"d", b"a", Sign.SEEN)
    assert hint.take().names == {(b"d", b"a"): Sign.CLOSED}
    assert hint.take().names == {}


def test_too_many_names_become_a_directory() -> None:
    """Names beyond the bound are found by listing their directory."""
    hint = Hints()
    for index in range(hints.MAX_NAMES + 10):
        hint.name(b"d", b"%d" % index, Sign.CLOSED)
    dirty = hint.take()
    assert len(dirty.names) == hints.MAX_NAMES
    assert dirty.directories == {b"d": False}


def test_too_many_directories_become_everything() -> None:
    """Directories beyond the bound are found by a scan."""
    hint = Hints()
    for index in range(hints.MAX_DIRECTORIES + 1):
        hint.directory(b"%d" % index, deep=False)
    dirty = hint.take()
    assert len(dirty.directories) == hints.MAX_DIRECTORIES
    assert dirty.everything


def test_a_deep_listing_stays_deep() -> None:
    """A shallow hint does not undo a deep one."""
    hint = Hints()
    hint.directory(b"d", deep=True)
    hint.directory(b"d", deep=False)
    assert hint.take().directories == {b"d": True}
