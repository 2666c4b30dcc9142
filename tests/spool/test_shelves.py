"""Documents move between spool, archive and quarantine, and are at every instant in exactly one of them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ingestd.errors import BytesMissing, EncryptedPDF
from ingestd.model import Settled, Spooled
from ingestd.spool import Spool
from tests.spool.conftest import PDF

Drop = Callable[..., Settled]
SHA = hashlib.sha256(PDF).hexdigest()


def files(state: Path) -> set[str]:
    """All files of the state directory."""
    return {str(path.relative_to(state)) for path in state.rglob("*") if path.is_file()}


def test_archive(spool: Spool, state: Path, drop: Drop) -> None:
    """Done documents are archived under their first two digits, many at a time, and again after a kill."""
    sources = [drop(f"{index}.pdf", PDF + b"%d" % index) for index in range(20)]
    taken = [answer.sha256 for answer in spool.take(sources) if isinstance(answer, Spooled)]
    spool.archive(*taken)
    spool.archive(*taken)
    assert files(state) == {f"archive/{sha256[:2]}/{sha256}.pdf" for sha256 in taken}
    assert (state / "archive").stat().st_mode & 0o077 == 0


def test_quarantine_and_back(spool: Spool, state: Path, drop: Drop) -> None:
    """The reason lies beside the document, in plain ASCII whatever the source was called."""
    spool.take([drop()])
    error = EncryptedPDF("a password is needed").to_dict()
    for _ in range(2):
        spool.quarantine(SHA, error, [b"/in/caf\xe9\n.pdf"])
        assert files(state) == {f"quarantine/{SHA}.pdf", f"quarantine/{SHA}.json"}
    reason = json.loads((state / "quarantine" / f"{SHA}.json").read_text("ascii"))
    assert reason["error"]["type"] == "encrypted"
    assert os.fsencode(reason["sources"][0]) == b"/in/caf\xe9\n.pdf"
    for _ in range(2):
        spool.unquarantine(SHA)
        assert files(state) == {f"spool/{SHA}.pdf"}


def test_open_reads_the_copy(spool: Spool, drop: Drop) -> None:
    """The descriptor reads the accepted bytes and is not inherited."""
    spool.take([drop()])
    fd = spool.open(SHA)
    assert os.read(fd, 4096) == PDF
    assert not os.get_inheritable(fd)
    os.close(fd)


def test_what_is_nowhere_cannot_be_moved(spool: Spool) -> None:
    """A document without a file is no failure of the disk, and said as what it is."""
    for action in (spool.open, spool.archive, spool.unquarantine):
        with pytest.raises(BytesMissing):
            action(SHA)


def test_discard_removes_only_second_copies(spool: Spool, state: Path, drop: Drop) -> None:
    """The copy of a duplicate goes if the document rests elsewhere; the only copy stays."""
    spool.take([drop()])
    spool.discard(SHA, done=False)
    assert files(state) == {f"spool/{SHA}.pdf"}
    spool.archive(SHA)
    spool.take([drop("again.pdf")])
    spool.discard(SHA, done=True)
    assert files(state) == {f"archive/{SHA[:2]}/{SHA}.pdf"}


def test_a_document_that_lost_its_bytes_gets_them_back(spool: Spool, state: Path, drop: Drop) -> None:
    """The copy of a duplicate goes home where the document is done and rests nowhere."""
    spool.take([drop()])
    spool.discard(SHA, done=True)
    assert files(state) == {f"archive/{SHA[:2]}/{SHA}.pdf"}
