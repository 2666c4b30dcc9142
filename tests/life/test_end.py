"""However the daemon ends, nothing is lost and nothing is done twice."""

from __future__ import annotations

import hashlib
import signal

import pytest

from tests.eventually import eventually
from tests.life.daemon import Daemon
from tests.pdfs import book, pdf, prose

FILES = 5

POINTS = [
    "accept.copied",
    "accept.renamed",
    "store.accepted",
    "accept.committed",
    "accept.set_aside",
    "accept.disposed",
    "store.claimed",
    "store.completed",
    "archive.moved",
    "store.moved",
]


def drop_some(daemon: Daemon) -> set[str]:
    """Drops a few documents; their ids."""
    made = {f"{n}.pdf": pdf(prose(n), prose(n + 50)) for n in range(FILES)}
    for name, data in made.items():
        daemon.drop(name, data)
    return {hashlib.sha256(data).hexdigest() for data in made.values()}


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_after_any_step_loses_nothing(daemon: Daemon, point: str) -> None:
    """SIGKILL right after ``point``; the next start finishes everything, each document once."""
    expected = drop_some(daemon)
    daemon.start(faults=f"{point}:kill", ready=False)
    assert daemon.wait() == -signal.SIGKILL
    daemon.start()
    eventually(lambda: daemon.documents().done == FILES, 60)
    eventually(lambda: daemon.files("spool") == [])
    assert sorted(f"{sha256}.pdf" for sha256 in expected) == daemon.files("archive")
    eventually(lambda: list(daemon.inbox.iterdir()) == [])  # also what was left under the name aside
    with daemon.catalog() as catalog:
        assert {"done"} == {row.status for row in catalog.documents()}
        assert all(len(catalog.show(sha256).pages) == 2 for sha256 in expected)
        assert [] == catalog.integrity()
    assert daemon.stop() == 0


def test_sigterm_lets_what_is_in_flight_finish(daemon: Daemon) -> None:
    """Exit status 0; what was begun is done, what was not waits for the next start, and is done then."""
    for n in range(30):
        daemon.drop(f"{n}.pdf", book(20, marker=str(n)))
    daemon.start()
    daemon.until("document.ingested", 2)
    assert daemon.stop() == 0
    counts = daemon.documents()
    assert (0, 0) == (counts.processing, counts.quarantined)
    (stopped,) = daemon.events("daemon.stopped")
    assert [] == stopped["left"]
    waiting = daemon.ctl("status")["inboxes"][0]["waiting"]
    assert 30 == counts.done + counts.spooled + counts.retrying + waiting
    daemon.start()
    daemon.until("document.ingested", 30)
    assert daemon.stop() == 0
    assert 30 == len(daemon.events("document.ingested"))
    assert 30 == daemon.documents().done


def test_a_second_sigterm_hurries(daemon: Daemon) -> None:
    """What is in flight is given back at once, and finished by the next start."""
    daemon.configure("[pdf]\nengine = 'pypdf'")
    daemon.drop("long.pdf", book(400))
    daemon.start()
    eventually(lambda: daemon.documents().processing == 1)
    daemon.signal(signal.SIGTERM)
    daemon.until("daemon.draining")
    daemon.signal(signal.SIGTERM)
    assert 0 == daemon.wait(15)
    (stopped,) = daemon.events("daemon.stopped")
    assert 1 == len(stopped["left"])
    assert 1 == daemon.documents().spooled
    daemon.configure()
    daemon.start()
    daemon.until("document.ingested")


def test_two_daemons_never_share_a_state_directory(daemon: Daemon) -> None:
    """The second refuses to start, with exit status 78 and one clear sentence."""
    daemon.start()
    first = daemon.process
    daemon.start(ready=False)
    assert 78 == daemon.wait()
    daemon.process = first
    assert b"another ingestd works on" in daemon.log_file.read_bytes()
