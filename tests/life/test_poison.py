"""A content that kills its workers is parked: no restart tries it again, only an operator does."""

from __future__ import annotations

import pytest

from tests.eventually import eventually
from tests.life.daemon import Daemon
from tests.pdfs import flate_bomb, pdf, prose

SETTINGS = """
[executors]
cpu_workers = 1
[limits]
worker_memory = "256MiB"
seconds_base = 20.0
[pdf]
engine = "pdfium"
"""


@pytest.fixture
def bombed(daemon: Daemon) -> Daemon:
    """A daemon, not started, with a bomb in its inbox, and a good document behind it."""
    daemon.configure(SETTINGS)
    daemon.drop("bomb.pdf", flate_bomb(400))
    daemon.drop("good.pdf", pdf(prose(1)))
    return daemon


def test_a_document_that_kills_is_parked_until_an_operator_says_otherwise(bombed: Daemon) -> None:
    """Quarantined for ``memory``; a restart and another drop leave it there; ``retry`` is one more attempt."""
    bombed.start()
    (quarantined,) = bombed.until("document.quarantined")
    assert "memory" == quarantined["error"]["type"]
    bombed.until("document.ingested")
    bombed.stop()
    bombed.start()
    bombed.drop("bomb again.pdf", flate_bomb(400))
    (again,) = bombed.until("document.duplicate")
    assert ("quarantined", "warning") == (again["status"], again["level"])
    assert "ingestctl retry" in again["hint"]
    (listed,) = bombed.ctl("ls", "--status", "quarantined")
    assert (quarantined["doc"], 1) == (listed["id"], listed["attempts"])
    assert [quarantined["doc"]] == bombed.ctl("retry", "--reason", "memory")["retried"]
    bombed.until("document.quarantined", 2)
    history = bombed.ctl("show", quarantined["doc"])["history"]
    assert [(1, "quarantined"), (2, "quarantined")] == [(a["number"], a["outcome"]) for a in history]
    assert 0 == bombed.stop()


def test_attempts_outlive_kills_of_the_daemon(bombed: Daemon) -> None:
    """A kill in the midst of an attempt is in the history, and no failure of the document."""
    for _ in range(2):
        bombed.start()
        eventually(lambda: bombed.documents().processing)
        bombed.kill()
    bombed.start()
    eventually(lambda: bombed.files("quarantine"))
    with bombed.catalog() as catalog:
        (row,) = (row for row in catalog.documents() if row.error)
        history = [attempt.outcome for attempt in catalog.show(row.sha256).attempts]
    assert "quarantined" == row.status
    assert "quarantined" == history[-1]
    assert len(history) == row.attempts > 1
    assert 1 == row.failures
    assert 0 == bombed.stop()
