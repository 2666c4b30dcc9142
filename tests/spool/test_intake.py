"""From a settled source to a durable copy, or a reason why not."""

from __future__ import annotations

import hashlib
import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from ingestd.config import Limits
from ingestd.errors import (
    DocumentTooLarge,
    EmptyDocument,
    IngestError,
    NotAPDF,
    NotSettled,
    StorageError,
)
from ingestd.model import Settled, Spooled
from ingestd.spool import Spool, intake
from tests.spool.conftest import PDF, settled

Drop = Callable[..., Settled]


def spooled(state: Path) -> dict[str, bytes]:
    """What lies in the spool, parts too."""
    return {path.name: path.read_bytes() for path in (state / "spool").iterdir()}


def test_the_bytes_kept_are_the_bytes_hashed(spool: Spool, state: Path, drop: Drop) -> None:
    """Each copy bears its own SHA-256 and is private; the same content twice is one copy."""
    big = PDF + bytes(5 * 2**20) + PDF
    sources = [drop("a.pdf"), drop("b.pdf", big), drop("again.pdf"), drop("sub/c.pdf", b"junk" * 200 + PDF)]
    answers = spool.take(sources)
    contents = [PDF, big, PDF, b"junk" * 200 + PDF]
    assert answers == [
        Spooled(hashlib.sha256(content).hexdigest(), len(content), source)
        for content, source in zip(contents, sources, strict=True)
    ]
    assert spooled(state) == {f"{hashlib.sha256(content).hexdigest()}.pdf": content for content in contents}
    for path in (state / "spool", *(state / "spool").iterdir()):
        assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", EmptyDocument),
        (b"hello", NotAPDF),
        (b"x" * 1025 + PDF, NotAPDF),
        (PDF + bytes(2000), DocumentTooLarge),
    ],
)
def test_files_at_fault(state: Path, drop: Drop, content: bytes, error: type[IngestError]) -> None:
    """Empty, not a PDF, too large: said as such, nothing is left in the spool, the source is untouched."""
    spool = Spool(state, Limits(max_file_size=2000))
    source = drop("a.pdf", content)
    (answer, good) = spool.take([source, drop("b.pdf")])
    assert type(answer) is error
    assert isinstance(good, Spooled)
    assert len(spooled(state)) == 1
    assert Path(os.fsdecode(source.path)).read_bytes() == content


def test_a_huge_file_is_refused_unread(spool: Spool, tmp_path: Path, drop: Drop) -> None:
    """10 GiB of holes are refused by their size."""
    drop()
    path = tmp_path / "inbox" / "huge.pdf"
    with path.open("wb") as file:
        file.write(PDF)
        file.truncate(10 * 2**30)
    assert isinstance(spool.take([settled(path, tmp_path / "inbox")])[0], DocumentTooLarge)


@pytest.mark.parametrize("change", ["gone", "rewritten", "replaced", "fifo", "symlink", "directory"])
def test_a_source_that_is_not_the_one_that_settled(
    spool: Spool, state: Path, tmp_path: Path, drop: Drop, change: str
) -> None:
    """Whatever stands at the path now: it is not taken, not waited for, not followed."""
    source = drop()
    path = tmp_path / "inbox" / "a.pdf"
    (tmp_path / "secret.pdf").write_bytes(PDF)
    if change == "rewritten":
        path.write_bytes(PDF + PDF)
    else:
        path.unlink()
    if change == "replaced":
        path.write_bytes(PDF + b"!")
    elif change == "fifo":
        os.mkfifo(path)
    elif change == "symlink":
        path.symlink_to(tmp_path / "secret.pdf")
    elif change == "directory":
        path.mkdir()
    (answer,) = spool.take([source])
    assert isinstance(answer, NotSettled)
    assert answer.retryable
    assert spooled(state) == {}


def test_a_parent_swapped_for_a_link(spool: Spool, tmp_path: Path, drop: Drop) -> None:
    """The very same file, but reached through a link in the inbox: refused."""
    source = drop("sub/a.pdf")
    (tmp_path / "inbox" / "sub").rename(tmp_path / "outside")
    (tmp_path / "inbox" / "sub").symlink_to(tmp_path / "outside")
    assert isinstance(spool.take([source])[0], NotSettled)


def test_a_source_that_changes_while_it_is_read(
    spool: Spool, state: Path, drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even with size and time of modification put back: what was read is not kept."""
    source = drop("a.pdf", PDF + bytes(3 * 2**20))
    path = Path(os.fsdecode(source.path))
    write = intake._write

    def meddle(fd: int, piece: bytes) -> None:
        write(fd, piece)
        with path.open("r+b") as file:
            file.seek(2**21)
            file.write(b"other")
        os.utime(path, ns=(source.identity.mtime_ns, source.identity.mtime_ns))

    monkeypatch.setattr(intake, "_write", meddle)
    assert isinstance(spool.take([source])[0], NotSettled)
    assert spooled(state) == {}


def test_a_hard_link_is_taken(spool: Spool, tmp_path: Path, drop: Drop) -> None:
    """Another name elsewhere does not matter: the bytes read are ours."""
    drop()
    os.link(tmp_path / "inbox" / "a.pdf", tmp_path / "inbox" / "b.pdf")
    assert isinstance(spool.take([settled(tmp_path / "inbox" / "b.pdf", tmp_path / "inbox")])[0], Spooled)


def test_names_of_every_kind(spool: Spool, tmp_path: Path, drop: Drop) -> None:
    """Our names come from the content, so theirs may be 255 bytes of anything."""
    drop()
    for name in (b"new\nline.pdf", b"caf\xe9\xff.pdf", b"n" * 251 + b".pdf"):
        path = tmp_path / "inbox" / os.fsdecode(name)
        path.write_bytes(PDF)
        assert isinstance(spool.take([settled(path, tmp_path / "inbox")])[0], Spooled)


@pytest.mark.parametrize("target", ["write", "fsync", "rename", "directory"])
def test_a_failing_disk_is_told_from_a_bad_file(
    spool: Spool, state: Path, drop: Drop, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    """A disk full or failing at any step: a StorageError with a hint, no copy claimed; then all is well."""

    def fail(*_: object) -> int:
        raise OSError(28, "No space left on device")

    source = drop()
    with monkeypatch.context() as patch:
        if target == "write":
            patch.setattr(intake, "_write", fail)
        elif target == "fsync":
            patch.setattr(os, "fsync", fail)
        elif target == "rename":
            patch.setattr(Path, "rename", fail)
        else:
            patch.setattr(intake, "sync_directories", fail)
        (answer,) = spool.take([source])
    assert isinstance(answer, StorageError)
    assert answer.retryable
    assert "Free space" in answer.hint
    assert not any(name.endswith(".part") for name in spooled(state))
    assert isinstance(spool.take([source])[0], Spooled)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to mount")
def test_a_disk_that_is_really_full(tmp_path: Path, drop: Drop) -> None:
    """On a small file system: refused while full, taken when space returns."""
    state = tmp_path / "state"
    state.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "ingestd-test", os.fspath(state)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("may not mount here")
    try:
        spool = Spool(state, Limits())
        (state / "ballast").write_bytes(bytes(200 * 1024))
        source = drop("a.pdf", PDF + bytes(100 * 1024))
        (answer,) = spool.take([source])
        assert isinstance(answer, StorageError)
        assert spooled(state) == {}
        (state / "ballast").unlink()
        assert isinstance(spool.take([source])[0], Spooled)
    finally:
        subprocess.run(["umount", "-l", os.fspath(state)], check=True)


def test_many_threads_take_at_once(spool: Spool, state: Path, drop: Drop) -> None:
    """Batches side by side, with duplicates among them, do not disturb each other; no descriptor leaks."""
    sources = [drop(f"{index}.pdf", PDF + b"%d" % (index % 50)) for index in range(200)]
    before = len(list(Path("/proc/self/fd").iterdir()))
    answers: list[Spooled | IngestError] = []
    threads = [
        threading.Thread(target=lambda part=part: answers.extend(spool.take(part)))
        for part in (sources[start::8] for start in range(8))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(answer, Spooled) for answer in answers) == 200
    assert len(spooled(state)) == 50
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_an_orphan_is_forgotten_when_its_content_is_accepted(spool: Spool, state: Path, drop: Drop) -> None:
    """What an earlier run copied without a row is superseded by the new copy."""
    sha256 = hashlib.sha256(PDF).hexdigest()
    orphan = state / "quarantine" / "orphans" / f"{sha256}.pdf"
    orphan.write_bytes(PDF)
    spool.take([drop()])
    assert not orphan.exists()
