"""A source is removed once its copy is safe, and nothing else ever is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ingestd import linux
from ingestd.model import Settled
from ingestd.spool import Disposal, Spool, disposal
from tests.spool.conftest import PDF

Drop = Callable[..., Settled]


def names(inbox: Path) -> list[str]:
    """What is in the inbox, hidden names too."""
    return sorted(path.name for path in inbox.iterdir())


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """The inbox that ``drop`` fills."""
    return tmp_path / "inbox"


def test_the_source_is_removed(spool: Spool, inbox: Path, drop: Drop) -> None:
    """It, and not its neighbours or its other names."""
    source = drop("sub/a.pdf")
    os.link(inbox / "sub" / "a.pdf", inbox / "b.pdf")
    assert spool.dispose(source) is Disposal.REMOVED
    assert names(inbox) == ["b.pdf", "sub"]
    assert names(inbox / "sub") == []
    assert spool.dispose(source) is Disposal.GONE


@pytest.mark.parametrize("change", ["rewritten", "replaced", "symlink", "directory", "fifo"])
def test_what_is_not_the_source_stays(
    spool: Spool, inbox: Path, tmp_path: Path, drop: Drop, change: str
) -> None:
    """Whatever took its place since is left as it is."""
    source = drop()
    path = inbox / "a.pdf"
    if change == "rewritten":
        with path.open("ab") as file:
            file.write(b"more")
    else:
        path.unlink()
    if change == "replaced":
        path.write_bytes(PDF)
        os.utime(path, ns=(1, 1))
    elif change == "symlink":
        (tmp_path / "secret.pdf").write_bytes(PDF)
        path.symlink_to(tmp_path / "secret.pdf")
    elif change == "directory":
        path.mkdir()
    elif change == "fifo":
        os.mkfifo(path)
    assert spool.dispose(source) is Disposal.CHANGED
    assert names(inbox) == ["a.pdf"]


def test_a_file_that_somebody_writes_to_stays(spool: Spool, inbox: Path, drop: Drop) -> None:
    """An open writer is about to change it: it is looked at again later."""
    source = drop()
    with (inbox / "a.pdf").open("ab"):
        assert spool.dispose(source) is Disposal.CHANGED
    assert spool.dispose(source) is Disposal.REMOVED


@pytest.mark.parametrize("third", [False, True])
def test_a_file_swapped_in_at_the_last_moment(
    spool: Spool, inbox: Path, drop: Drop, monkeypatch: pytest.MonkeyPatch, third: bool
) -> None:
    """Between the look and the removal another file gets the name: it keeps its bytes, and a name."""
    source = drop()
    look = disposal._is_source
    rename = linux.rename_noreplace

    def swapped(directory: int, name: bytes, wanted: Settled) -> bool:
        found = look(directory, name, wanted)
        (inbox / "new").write_bytes(PDF + b"new")
        (inbox / "new").rename(inbox / "a.pdf")
        return found

    def meddling(source: bytes, target: bytes, *, dir_fd: int) -> None:
        rename(source, target, dir_fd=dir_fd)
        if third and source == b"a.pdf":
            (inbox / "a.pdf").write_bytes(PDF + b"third")

    monkeypatch.setattr(disposal, "_is_source", swapped)
    monkeypatch.setattr(linux, "rename_noreplace", meddling)
    assert spool.dispose(source) is Disposal.CHANGED
    contents = sorted(path.read_bytes() for path in inbox.iterdir())
    assert contents == ([PDF + b"new", PDF + b"third"] if third else [PDF + b"new"])
    assert (inbox / "a.pdf").exists()


def test_without_noreplace_the_look_before_must_do(
    spool: Spool, inbox: Path, drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """File systems without RENAME_NOREPLACE (NFS) answer EINVAL: removed after the look."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(linux, "rename_noreplace", refuse)
    assert spool.dispose(drop()) is Disposal.REMOVED
    assert names(inbox) == []


def test_a_source_that_may_not_be_removed(
    spool: Spool, inbox: Path, drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A directory that we may not change: said, so that it can be remembered."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(linux, "rename_noreplace", refuse)
    assert spool.dispose(drop()) is Disposal.DENIED
    assert names(inbox) == ["a.pdf"]
