"""A kill between any two steps leaves halves that the next start puts right."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from ingestd.config import Limits
from ingestd.errors import NotAPDF
from ingestd.model import Settled, Status
from ingestd.spool import Disposal, Finding, Repair, Spool
from tests.spool.conftest import PDF, settled

Drop = Callable[..., Settled]
SHA = hashlib.sha256(PDF).hexdigest()
ERROR = NotAPDF("not one").to_dict()


class Rows:
    """A ledger of these rows; called, it looks documents up as ``verify`` has it."""

    def __init__(self, rows: Mapping[str, Status]) -> None:
        self._rows = rows

    def statuses(self, asked: Sequence[str]) -> Mapping[str, Status]:
        return {sha256: self._rows[sha256] for sha256 in asked if sha256 in self._rows}

    __call__ = statuses

    def not_waiting(self, asked: Sequence[str]) -> Mapping[str, Status | None]:
        waiting = set(self.unfinished())
        return {sha256: self._rows.get(sha256) for sha256 in asked if sha256 not in waiting}

    def waiting(self) -> int:
        return len(self.unfinished())

    def unfinished(self) -> list[str]:
        return [s for s, status in self._rows.items() if status in {Status.SPOOLED, Status.RETRYING}]


def ledger(**rows: Status) -> Rows:
    """``sha`` stands for the document of this module."""
    return Rows({SHA if name == "sha" else name: status for name, status in rows.items()})


def files(state: Path) -> set[str]:
    """All files of the state directory."""
    return {str(path.relative_to(state)) for path in state.rglob("*") if path.is_file()}


CHILD = """
import os, sys
from pathlib import Path
from ingestd.config import Limits
from ingestd.model import Settled
from ingestd.spool import Spool
from ingestd.untrusted import identity_of
state, inbox, action, sha = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4]
spool = Spool(state, Limits())
if action == "accept":
    path = inbox / "a.pdf"
    source = Settled(str(inbox), os.fsencode(path), identity_of(path.lstat()))
    spool.take([source])
    spool.dispose(source)
elif action == "archive":
    spool.archive(sha)
elif action == "quarantine":
    spool.quarantine(sha, {"type": "x"}, [b"/in/a.pdf"])
else:
    spool.unquarantine(sha)
"""


def killed(state: Path, inbox: Path, action: str, point: str) -> None:
    """Do ``action`` in a process that is killed at a fault point."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, state, inbox, action, SHA],
        env={**os.environ, "INGESTD_FAULTS": f"{point}:kill"},
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize("point", ["accept.copied", "accept.renamed"])
def test_killed_before_the_row(spool: Spool, state: Path, tmp_path: Path, drop: Drop, point: str) -> None:
    """The source is still there; the half copy is removed or put aside, and superseded by the next accept."""
    source = drop()
    killed(state, tmp_path / "inbox", "accept", point)
    repair = spool.repair(ledger())
    assert repair == (Repair(parts_removed=1) if point == "accept.copied" else Repair(orphans=1))
    assert not list((state / "spool").iterdir())
    assert Path(os.fsdecode(source.path)).exists()
    spool.take([source])
    assert files(state) == {f"spool/{SHA}.pdf"}


@pytest.mark.parametrize("point", ["accept.set_aside", "accept.disposed"])
def test_killed_at_the_disposal(spool: Spool, state: Path, tmp_path: Path, drop: Drop, point: str) -> None:
    """The copy and its row stand; a source set aside is met again, is a duplicate, and can be disposed of."""
    drop()
    inbox = tmp_path / "inbox"
    killed(state, inbox, "accept", point)
    assert spool.repair(ledger(sha=Status.SPOOLED)) == Repair()
    assert files(state) == {f"spool/{SHA}.pdf"}
    for left in inbox.iterdir():
        assert spool.dispose(settled(left, inbox)) is Disposal.REMOVED
    assert not list(inbox.iterdir())


@pytest.mark.parametrize("point", ["archive.renamed", "archive.synced"])
def test_killed_while_archiving(spool: Spool, state: Path, tmp_path: Path, drop: Drop, point: str) -> None:
    """Done and moved; or, with the rename lost to a power cut, moved at the next start."""
    spool.take([drop()])
    killed(state, tmp_path, "archive", point)
    archived = state / "archive" / SHA[:2] / f"{SHA}.pdf"
    assert spool.repair(ledger(sha=Status.DONE)) == Repair()
    archived.rename(state / "spool" / archived.name)
    assert spool.repair(ledger(sha=Status.DONE)) == Repair(archived=1)
    assert files(state) == {str(archived.relative_to(state))}


@pytest.mark.parametrize("point", ["quarantine.explained", "quarantine.renamed"])
def test_killed_while_quarantining(spool: Spool, state: Path, tmp_path: Path, drop: Drop, point: str) -> None:
    """What is not moved yet is named, for the caller knows the reason to repeat it with."""
    spool.take([drop()])
    killed(state, tmp_path, "quarantine", point)
    repair = spool.repair(ledger(sha=Status.QUARANTINED))
    assert repair.unexplained == ((SHA,) if point == "quarantine.explained" else ())
    spool.quarantine(SHA, ERROR, [])
    assert files(state) == {f"quarantine/{SHA}.pdf", f"quarantine/{SHA}.json"}


def test_killed_while_taking_out_of_quarantine(spool: Spool, state: Path, tmp_path: Path, drop: Drop) -> None:
    """In the spool with a stale reason, or with its row ahead of its file: both end in the spool alone."""
    spool.take([drop()])
    spool.quarantine(SHA, ERROR, [])
    killed(state, tmp_path, "unquarantine", "unquarantine.renamed")
    assert spool.repair(ledger(sha=Status.SPOOLED)) == Repair()
    assert files(state) == {f"spool/{SHA}.pdf"}
    spool.quarantine(SHA, ERROR, [])
    assert spool.repair(ledger(sha=Status.SPOOLED)) == Repair(respooled=1)
    assert files(state) == {f"spool/{SHA}.pdf"}


def test_a_document_that_is_nowhere(spool: Spool) -> None:
    """It is named, not passed over."""
    assert spool.repair(ledger(sha=Status.RETRYING)) == Repair(missing=(SHA,))


def test_verify_finds_and_mends(spool: Spool, state: Path, drop: Drop) -> None:
    """Missing, misplaced, damaged, orphaned: each is found; misplaced and orphaned are put right."""
    contents = [PDF + b"%d" % index for index in range(5)]
    fine, missing, misplaced, damaged, orphan = (hashlib.sha256(content).hexdigest() for content in contents)
    spool.take([drop(f"{index}.pdf", content) for index, content in enumerate(contents)])
    (state / "spool" / f"{missing}.pdf").unlink()
    (state / "spool" / f"{damaged}.pdf").write_bytes(b"rotten")
    rows = {fine: Status.SPOOLED, missing: Status.SPOOLED, misplaced: Status.DONE, damaged: Status.RETRYING}
    spool_dir = state / "spool"
    expected = {
        Finding(missing, "missing", str(spool_dir / f"{missing}.pdf")),
        Finding(misplaced, "misplaced", str(spool_dir / f"{misplaced}.pdf")),
        Finding(damaged, "damaged", str(spool_dir / f"{damaged}.pdf")),
        Finding(orphan, "orphan", str(spool_dir / f"{orphan}.pdf")),
    }
    assert set(spool.verify(rows.items(), ledger(**rows))) == expected
    mended = set(spool.verify(rows.items(), ledger(**rows), mend=True))
    assert {f.kind for f in mended if f.mended} == {"misplaced", "orphan"}
    left = set(spool.verify(rows.items(), ledger(**rows)))
    assert {f.kind for f in left} == {"missing", "damaged"}
    assert f"quarantine/orphans/{orphan}.pdf" in files(state)


def test_a_fresh_state_directory_is_whole(tmp_path: Path) -> None:
    """Nothing there, nothing to say; opening it again changes nothing."""
    for _ in range(2):
        spool = Spool(tmp_path / "deep" / "state", Limits())
        assert spool.repair(ledger()) == Repair()
        assert list(spool.verify([], ledger())) == []
