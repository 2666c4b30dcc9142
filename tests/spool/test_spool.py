"""Accept, archive, quarantine: a document's bytes are always durable in exactly one place."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from ingestd.model import Settled, Spooled
from ingestd.spool import Disposal, Spool
from tests.spool.conftest import PDF

Drop = Callable[..., Settled]
SHA = hashlib.sha256(PDF).hexdigest()


def test_a_document_travels_from_inbox_to_archive(spool: Spool, state: Path, drop: Drop) -> None:
    """Taken, readable, disposed of, archived: the bytes are those that were dropped."""
    source = drop()
    (taken,) = spool.take([source])
    assert taken == Spooled(SHA, len(PDF), source)
    assert (state / "spool" / f"{SHA}.pdf").stat().st_mode & 0o777 == 0o600
    fd = spool.open(SHA)
    assert os.read(fd, 4096) == PDF
    os.close(fd)
    assert spool.dispose(source) is Disposal.REMOVED
    assert not Path(os.fsdecode(source.path)).exists()
    spool.archive(SHA)
    spool.archive(SHA)  # as after a kill
    assert (state / "archive" / SHA[:2] / f"{SHA}.pdf").read_bytes() == PDF
    assert list((state / "spool").iterdir()) == []
