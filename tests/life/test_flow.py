"""A PDF dropped in an inbox ends in the catalog."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from ingestd.model import Status
from tests.eventually import eventually
from tests.life.daemon import Daemon
from tests.pdfs import encrypted, pdf, prose


def test_a_dropped_pdf_can_be_searched_and_is_archived(daemon: Daemon) -> None:
    """The source leaves the inbox, the bytes lie in the archive, and a phrase leads to its page."""
    data = pdf(prose(1), "The heron waits for silver fish.\n" + prose(2), prose(3), title="Herons")
    sha256 = hashlib.sha256(data).hexdigest()
    daemon.start()
    source = daemon.drop("birds/water/heron.pdf", data)

    (ingested,) = daemon.until("document.ingested")
    assert (sha256, 3) == (ingested["doc"], ingested["pages"])
    assert {"extract", "store", "total"} <= ingested["ms"].keys()
    eventually(lambda: daemon.files("archive") == [f"{sha256}.pdf"])
    assert not source.exists()
    assert daemon.files("spool") == []

    (hit,) = daemon.ctl("search", '"silver fish"')
    assert (sha256, str(source), 2) == (hit["id"], hit["source"], hit["page"])
    assert hit["page_start"] <= 2 <= hit["page_end"]
    assert "silver" in hit["snippet"]
    shown = daemon.ctl("show", sha256[:10])
    assert "Herons" == shown["metadata"]["title"]
    assert ["birds", "water"] == sorted(shown["tags"])
    text = "\f".join(page["text"] for page in shown["pages"])
    assert all(chunk["text"] == text[chunk["start"] : chunk["end"]] for chunk in shown["chunks"])
    assert daemon.stop() == 0


def test_the_same_content_is_one_document(daemon: Daemon) -> None:
    """A copy under another name is recorded as another source, and leaves the inbox."""
    data = pdf(prose(4))
    daemon.start()
    first = daemon.drop("a.pdf", data)
    daemon.until("document.ingested")
    second = daemon.drop("b.pdf", data)
    daemon.until("document.duplicate")
    eventually(lambda: not second.exists())
    (listed,) = daemon.ctl("ls")
    assert ([str(first), str(second)], "done") == (listed["sources"], listed["status"])
    eventually(lambda: daemon.files("spool") == [])


def test_what_is_no_pdf_stays_and_is_said_once(daemon: Daemon) -> None:
    """A foreign file is left where it is, with one warning, also after a restart."""
    daemon.configure("[watch]\nsettle_quiet = 0.2\nsettle_quiet_unfinished = 0.4")
    daemon.start()
    source = daemon.drop("letter.pdf", b"Dear Sir, this is no PDF. " * 50)
    (ignored,) = daemon.until("inbox.ignored")
    assert ("not_a_pdf", str(source)) == (ignored["reason"], ignored["path"])
    daemon.stop()
    daemon.start()
    daemon.drop("real.pdf", pdf(prose(5)))
    daemon.until("document.ingested")
    assert source.exists()
    assert len(daemon.events("inbox.ignored")) == 1


def test_a_kept_source_stays_and_is_taken_once(daemon: Daemon) -> None:
    """With ``after = "keep"`` a restart does not take the file again; a changed file is a new document."""
    daemon.configure(inbox='after = "keep"\ntags = ["ledger"]')
    daemon.start()
    source = daemon.drop("kept.pdf", pdf(prose(6)))
    daemon.until("document.ingested")
    daemon.stop()
    daemon.start()
    daemon.drop("kept.pdf", pdf(prose(7)))
    daemon.until("document.ingested", 2)
    assert source.exists()
    assert daemon.events("document.duplicate") == []
    assert ["ledger"] == daemon.ctl("show", daemon.ctl("ls")[0]["id"])["tags"]


def test_an_encrypted_document_is_quarantined_until_its_password_is_known(daemon: Daemon) -> None:
    """The hint says what to do; after a reload and ``retry`` the document is done."""
    data = encrypted(pdf("The heron sleeps on one leg."), "wader")
    sha256 = hashlib.sha256(data).hexdigest()
    daemon.start()
    daemon.drop("secret.pdf", data)
    (quarantined,) = daemon.until("document.quarantined")
    assert "encrypted" == quarantined["error"]["type"]
    assert "passwords" in quarantined["error"]["hint"]
    eventually(lambda: daemon.files("quarantine") == [f"{sha256}.pdf"])
    reason = json.loads((daemon.state / "quarantine" / f"{sha256}.json").read_text())
    assert "encrypted" in json.dumps(reason)

    daemon.drop("again.pdf", data)
    (duplicate,) = daemon.until("document.duplicate")
    assert ("quarantined", "warning") == (duplicate["status"], duplicate["level"])

    daemon.configure('[pdf]\npasswords = ["wader"]')
    daemon.signal(1)
    daemon.until("config.reloaded")
    assert {"retried": [sha256]} == daemon.ctl("retry", "--all")
    daemon.until("document.ingested")
    assert [] == daemon.files("quarantine")
    assert 1 == len(daemon.ctl("search", "heron"))


def test_a_retry_that_meets_the_move_into_quarantine_waits_for_it(daemon: Daemon) -> None:
    """Nobody looks for the bytes in the spool while they leave it; a kill in that state loses nothing."""
    daemon.start(faults="quarantine.renamed:hang")
    daemon.drop("secret.pdf", encrypted(pdf("The heron sleeps on one leg."), "wader"))
    eventually(lambda: len(daemon.files("quarantine")) == 1)
    (sha256,) = daemon.ctl("retry", "--all")["retried"]
    daemon.drop("next.pdf", pdf(prose(8)))
    daemon.until("document.ingested")
    assert 1 == len(daemon.events("document.quarantined"))
    with daemon.catalog() as catalog:
        assert Status.SPOOLED is catalog.show(sha256).row.status
    daemon.kill()
    daemon.configure('[pdf]\npasswords = ["wader"]')
    daemon.start()
    daemon.until("document.ingested", 2)
    assert [] == daemon.files("quarantine")


def test_a_wrong_configuration_is_refused_by_a_reload(daemon: Daemon) -> None:
    """The old settings stay in force, and the journal names every wrong field."""
    daemon.start()
    daemon.configure("drain_timeout = -1\n[limits]\nmax_pages = 0")
    daemon.signal(1)
    (reloaded,) = daemon.until("config.reloaded")
    assert ("error", False) == (reloaded["level"], reloaded["ok"])
    fields = {problem["field"] for problem in reloaded["error"]["context"]["problems"]}
    assert {"drain_timeout", "limits.max_pages"} == fields
    daemon.drop("a.pdf", pdf(prose(8)))
    daemon.until("document.ingested")


def test_a_reload_can_bring_another_inbox(daemon: Daemon, tmp_path: Path) -> None:
    """An inbox that is added while the daemon runs is watched from then on."""
    second = tmp_path / "second"
    second.mkdir()
    daemon.start()
    daemon.configure(inbox=f'[[inbox]]\npath = "{second}"')
    daemon.signal(1)
    daemon.until("config.reloaded")
    (second / "a.pdf").write_bytes(pdf(prose(9)))
    daemon.until("document.ingested")
    assert {str(daemon.inbox), str(second)} == {inbox["path"] for inbox in daemon.ctl("status")["inboxes"]}
