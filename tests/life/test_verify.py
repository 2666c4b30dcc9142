"""``ingestctl verify`` finds what does not fit, and mends what can be mended."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import apsw
import pytest

from tests.eventually import eventually
from tests.life.daemon import Daemon
from tests.pdfs import encrypted, pdf, prose

DONE = [pdf(prose(n), marker=str(n)) for n in range(4)]
LOCKED = encrypted(pdf(prose(9)), "?")
IDS = [hashlib.sha256(data).hexdigest() for data in [*DONE, LOCKED]]


@pytest.fixture
def stopped(daemon: Daemon) -> Daemon:
    """Four documents done, one in quarantine; no daemon runs."""
    for n, data in enumerate([*DONE, LOCKED]):
        daemon.drop(f"{n}.pdf", data)
    daemon.start()
    eventually(
        lambda: daemon.documents().done == 4 and daemon.files("quarantine") and daemon.files("archive")
    )
    eventually(lambda: daemon.files("spool") == [])
    daemon.stop()
    return daemon


def verify(daemon: Daemon, *options: str) -> tuple[int, dict[str, Any]]:
    """Exit status and answer."""
    done = daemon.ctl_raw("verify", "--json", *options)
    return done.returncode, json.loads(done.stdout)


def kinds(answer: dict[str, Any]) -> dict[str, str]:
    """What was found, by the kind."""
    return {finding["kind"]: finding["sha256"] for finding in answer["files"]}


def archived(daemon: Daemon, sha256: str) -> Path:
    return daemon.state / "archive" / sha256[:2] / f"{sha256}.pdf"


def test_all_is_well_after_a_run(stopped: Daemon) -> None:
    """Exit status 0, and a count."""
    assert (0, {"sound": True, "documents": 5, "catalog": [], "files": []}) == verify(stopped)
    assert "5 documents: all is well" in stopped.ctl_raw("verify").stdout


def test_what_does_not_fit_is_found_and_mended(stopped: Daemon) -> None:
    """Misplaced, surplus and unknown files are put right; bytes lost or damaged are said, not invented."""
    spool, quarantine = stopped.state / "spool", stopped.state / "quarantine"
    archived(stopped, IDS[0]).unlink()
    with archived(stopped, IDS[1]).open("r+b") as file:
        file.write(b"%PDF-9")
    archived(stopped, IDS[2]).rename(spool / f"{IDS[2]}.pdf")
    (spool / f"{IDS[3]}.pdf").write_bytes(DONE[3])
    stranger = "ab" * 32
    (spool / f"{stranger}.pdf").write_bytes(b"%PDF-1.4 whose is this?")
    (quarantine / f"{IDS[4]}.pdf").rename(spool / f"{IDS[4]}.pdf")

    status, answer = verify(stopped)
    assert 1 == status
    assert {"missing": IDS[0], "damaged": IDS[1], "surplus": IDS[3], "orphan": stranger} == {
        kind: sha256 for kind, sha256 in kinds(answer).items() if kind != "misplaced"
    }
    assert {IDS[2], IDS[4]} == {f["sha256"] for f in answer["files"] if f["kind"] == "misplaced"}
    assert not any(finding["mended"] for finding in answer["files"])

    status, answer = verify(stopped, "--repair")
    assert 1 == status
    assert {"missing", "damaged"} == {f["kind"] for f in answer["files"] if not f["mended"]}
    assert archived(stopped, IDS[2]).exists()
    assert [f"{IDS[4]}.pdf"] == [path.name for path in quarantine.glob("*.pdf")]
    assert [] == stopped.files("spool")
    assert (quarantine / "orphans" / f"{stranger}.pdf").exists()
    status, answer = verify(stopped)
    assert {"missing": IDS[0], "damaged": IDS[1]} == kinds(answer)

    stopped.drop("again.pdf", DONE[0])
    archived(stopped, IDS[1]).unlink()
    stopped.drop("again too.pdf", DONE[1])
    stopped.start("--once", ready=False)
    assert 0 == stopped.wait()
    assert (0, []) == (verify(stopped)[0], verify(stopped)[1]["files"])


def test_a_catalog_that_contradicts_itself_is_told(stopped: Daemon) -> None:
    """A chunk without its entry in the index."""
    connection = apsw.Connection(str(stopped.state / "catalog.db"))
    connection.execute("DELETE FROM search WHERE rowid = (SELECT min(id) FROM chunks)")
    connection.close()
    status, answer = verify(stopped)
    assert (1, 1) == (status, len(answer["catalog"]))
    assert "chunks that are not in the index" in answer["catalog"][0]


def test_a_running_daemon_is_not_disturbed(daemon: Daemon) -> None:
    """Documents on their way are no findings; repair waits for the daemon's end."""
    daemon.start()
    for n in range(30):
        daemon.drop(f"{n}.pdf", pdf(prose(n), marker=str(n)))
    assert (0, []) == (verify(daemon)[0], verify(daemon)[1]["files"])
    refused = daemon.ctl_raw("verify", "--repair")
    assert 78 == refused.returncode
    assert "another ingestd works on" in refused.stderr
    assert 0 == daemon.stop()


def test_quarantined_documents_are_listed_by_reason(stopped: Daemon) -> None:
    """A heading with the count, what helps, and in ``show`` the history of attempts."""
    listed = stopped.ctl_raw("ls", "--status", "quarantined").stdout
    assert "encrypted (1)" in listed
    assert "ingestctl retry --reason encrypted" in listed
    shown = stopped.ctl_raw("show", IDS[4]).stdout
    assert "quarantined  encrypted: " in shown
