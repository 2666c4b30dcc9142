"""``once``: everything that is in the inboxes now, then the end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.watch.conftest import PDF, QUICK, Running

Start = Callable[..., Running]


def ended(running: Running) -> None:
    """The iteration comes to its end."""
    running.thread.join(20)
    assert not running.thread.is_alive()


def test_all_that_is_there(inbox: Path, tmp_path: Path, watching: Start) -> None:
    """Complete files at once, those without an end after their rest, in every inbox; then the end."""
    other = tmp_path / "other"
    (other / "sub").mkdir(parents=True)
    for index in range(300):
        (inbox / f"{index}.pdf").write_bytes(PDF)
    (other / "sub" / "a.pdf").write_bytes(PDF)
    (other / "half.pdf").write_bytes(PDF[:30])
    (other / "empty.pdf").touch()
    running = watching(inbox, other, settings=QUICK, once=True)
    ended(running)
    running.gets(*(f"{index}.pdf" for index in range(300)), "a.pdf", "half.pdf")
    assert running.ignored() == {("empty.pdf", "empty")}


def test_nothing_there(inbox: Path, tmp_path: Path, watching: Start) -> None:
    """An empty inbox ends at once, a missing one is said."""
    running = watching(inbox, tmp_path / "missing", once=True)
    ended(running)
    assert running.settled == []
    assert running.said("inbox.lost") == [{"inbox": str(tmp_path / "missing"), "reason": "missing"}]


def test_a_failed_file_is_tried_again_before_the_end(inbox: Path, watching: Start) -> None:
    """The end waits for what is to come again."""
    (inbox / "a.pdf").write_bytes(PDF)
    answers = iter([0.3, None])
    running = watching(inbox, once=True)
    running.take = lambda settled: next(answers, None)
    ended(running)
    assert running.names in (["a.pdf", "a.pdf"], ["a.pdf"])


def test_a_file_that_stays_open_is_left(inbox: Path, watching: Start) -> None:
    """Somebody holds a file open for writing and writes nothing: it is said, and the end comes."""
    with (inbox / "a.pdf").open("wb") as writer:
        writer.write(PDF)
        writer.flush()
        running = watching(inbox, once=True)
        ended(running)
    assert running.settled == []
    assert running.ignored() == {("a.pdf", "being_written")}
