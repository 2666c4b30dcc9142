"""Opening the catalog: what is not ours, not whole or not of this version is refused in one sentence."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import apsw
import pytest

from ingestd.errors import CatalogError
from ingestd.store import Counts, database, open_catalog, open_store
from tests.store.made import catalogued, extract, spooled


def filled(state_dir: Path) -> Path:
    """A closed catalog with some documents."""
    store = open_store(state_dir)
    for n in range(20):
        catalogued(
            store, str(n), extract(*(f"page {p} of document {n}" for p in range(20)), concepts=["page"])
        )
    store.close()
    return state_dir / "catalog.db"


def refused(state_dir: Path, said: str) -> CatalogError:
    """The error of opening for writing: one sentence, with a hint."""
    with pytest.raises(CatalogError, match=said) as caught:
        open_store(state_dir)
    assert "\n" not in caught.value.message
    assert caught.value.hint
    return caught.value


def test_state_is_private(tmp_path: Path) -> None:
    """Neither directory nor files are readable for others, whatever the umask."""
    before = os.umask(0)
    try:
        store = open_store(tmp_path / "state")
        store.accept([spooled("a")], 1.0)
        modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "state").iterdir()}
        store.close()
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(("catalog.db", "catalog.db-wal", "catalog.db-shm"), 0o600)
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_the_settings_that_durability_rests_on(tmp_path: Path) -> None:
    """WAL, full synchronisation, foreign keys, no memory map; readers cannot write."""
    writer = database.open_writable(tmp_path / "catalog.db")
    names = ("journal_mode", "synchronous", "foreign_keys", "mmap_size", "wal_autocheckpoint")
    assert [writer.pragma(name) for name in names] == ["wal", 2, 1, 0, 0]
    reader = database.open_readonly(tmp_path / "catalog.db")
    with pytest.raises(apsw.ReadOnlyError):
        reader.execute("DELETE FROM documents")
    reader.close()
    writer.close()


def test_a_catalog_is_read_while_it_is_written_and_after(tmp_path: Path) -> None:
    """``ingestctl`` works with the daemon running, stopped, and killed."""
    store = open_store(tmp_path)
    store.accept([spooled("a")], 1.0)
    reader = open_catalog(tmp_path)
    assert reader.counts() == Counts(spooled=1)
    store.accept([spooled("b")], 1.0)
    assert reader.counts() == Counts(spooled=2)
    store.close()
    assert reader.counts() == Counts(spooled=2)
    reader.close()
    fresh = open_catalog(tmp_path)
    assert fresh.counts() == Counts(spooled=2)
    fresh.close()


def test_no_catalog_to_read(tmp_path: Path) -> None:
    """Reading creates nothing and says what is missing."""
    with pytest.raises(CatalogError, match="there is no catalog"):
        open_catalog(tmp_path).counts()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """It is refused and left as it is."""
    (tmp_path / "catalog.db").write_bytes(b"%PDF-1.7 not a database at all" * 100)
    refused(tmp_path, "not a catalog of ingestd")
    assert [p.name for p in tmp_path.iterdir()] == ["catalog.db"]


def test_another_programs_database(tmp_path: Path) -> None:
    """A good SQLite file that is not ours is refused and left as it is."""
    other = apsw.Connection(str(tmp_path / "catalog.db"))
    other.execute("CREATE TABLE theirs (x)")
    other.close()
    before = (tmp_path / "catalog.db").read_bytes()
    refused(tmp_path, "not a catalog of ingestd")
    assert (tmp_path / "catalog.db").read_bytes() == before


def test_an_empty_file_becomes_a_catalog(tmp_path: Path) -> None:
    """A kill between creating the file and its schema leaves one."""
    (tmp_path / "catalog.db").touch()
    store = open_store(tmp_path)
    assert store.counts() == Counts()
    store.close()


def test_a_catalog_from_a_newer_version(tmp_path: Path) -> None:
    """It is refused, for writing and for reading."""
    connection = apsw.Connection(str(filled(tmp_path)))
    connection.pragma("user_version", database.VERSION + 1)
    connection.close()
    refused(tmp_path, "newer than this program")
    with pytest.raises(CatalogError, match="newer than this program"):
        open_catalog(tmp_path).counts()


def test_an_older_catalog_is_lifted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each migration runs once, inside a transaction with its new version number."""
    path = filled(tmp_path)
    monkeypatch.setattr(database, "VERSION", 3)
    monkeypatch.setattr(
        database,
        "MIGRATIONS",
        {1: "CREATE TABLE two (x); INSERT INTO two VALUES (2)", 2: "UPDATE two SET x = 3"},
    )
    with pytest.raises(CatalogError, match="older version"):
        database.open_readonly(path)
    for _ in range(2):
        connection = database.open_writable(path)
        assert connection.execute("SELECT x FROM two").fetchall() == [(3,)]
        assert connection.pragma("user_version") == 3
        connection.close()


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalog stays of its version and usable by the program of that version."""
    path = filled(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(database, "VERSION", 2)
        patch.setattr(database, "MIGRATIONS", {1: "CREATE TABLE two (x); no sql"})
        with pytest.raises(apsw.SQLError):
            database.open_writable(path)
    store = open_store(tmp_path)
    assert store.counts() == Counts(done=20)
    store.close()


@pytest.mark.parametrize("where", ["header", "middle", "truncated"])
def test_a_damaged_catalog(tmp_path: Path, where: str) -> None:
    """Damage is found at start, before any work is taken."""
    path = filled(tmp_path)
    content = bytearray(path.read_bytes())
    if where == "header":
        content[16:100] = os.urandom(84)
    elif where == "middle":
        begin = len(content) // 3 // 4096 * 4096
        content[begin : begin + 5 * 4096] = b"\xa5" * (5 * 4096)
    else:
        del content[len(content) // 2 // 4096 * 4096 :]
    path.write_bytes(content)
    refused(tmp_path, "damaged|not a catalog")


def test_a_directory_in_its_place(tmp_path: Path) -> None:
    """Said as it is."""
    (tmp_path / "catalog.db").mkdir()
    refused(tmp_path, "is a directory")


_AS_NOBODY = """
import os, sys
from pathlib import Path
from ingestd.errors import CatalogError
from ingestd.store import open_catalog, open_store
os.setresuid(65534, 65534, 65534)
for open_it in (open_store, lambda path: open_catalog(path).counts()):
    try:
        open_it(Path(sys.argv[1]))
    except CatalogError as error:
        print(error.message)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
def test_a_catalog_of_another_user() -> None:
    """Who may not open it is told so, for writing and for reading."""
    with tempfile.TemporaryDirectory() as directory:  # pytest's own are closed to others further up
        Path(directory).chmod(0o755)
        filled(Path(directory))
        said = subprocess.run(
            [sys.executable, "-c", _AS_NOBODY, directory], capture_output=True, text=True, check=True
        )
    assert said.stdout.count("may not be opened") == 2


def test_integrity_finds_what_does_not_fit(tmp_path: Path) -> None:
    """Results without their document's ``done``, and chunks that are missing from the index."""
    connection = apsw.Connection(str(filled(tmp_path)))
    connection.execute("DELETE FROM search WHERE rowid = 5")
    connection.execute("DELETE FROM extracts WHERE document = 7")
    connection.close()
    catalog = open_catalog(tmp_path)
    problems = " ".join(catalog.integrity())
    catalog.close()
    assert "not in the index" in problems
    assert "lacks its results" in problems


def test_the_index_holds_no_second_copy_of_the_text(tmp_path: Path) -> None:
    """Chunks and their contexts are searched in what the pages hold: stored once."""
    connection = apsw.Connection(str(filled(tmp_path)))
    rows = list(connection.execute("SELECT text, context FROM search"))
    assert rows
    assert set(rows) == {(None, None)}
    connection.close()
