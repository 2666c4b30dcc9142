"""Opening ``catalog.db``: is it ours, is it whole, is it of this version; then the connection's settings.

One connection writes, in one process; all others are read-only. Nothing maps the file into memory, and only
the writer checkpoints.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import apsw

from ingestd.errors import CatalogError
from ingestd.store import sql
from ingestd.store.failures import translating

APPLICATION_ID = 0x696E6764  # "ingd", so that no other program's database is taken for a catalog
VERSION = 1
MIGRATIONS: dict[int, str] = {}
"""SQL that lifts a catalog of version N to N + 1, by N."""

BUSY_MS = 5000
CACHE_KIB = 16_000
JOURNAL_BYTES = 64 * 1024**2
FTS_OPTIONS = {
    "hashsize": 8 * 1024**2,  # bytes of words gathered in memory before a segment is written, default 1 MiB
    "automerge": 16,  # segments of a level before they are merged in passing; the writer merges when idle
}
"""Together they save a tenth of the cost of storing."""
PROBED_BYTES = 16 * 1024**2
"""A catalog up to this size is read through at start (about 0.1 s); a larger one is probed at its roots."""

_MAGIC = b"SQLite format 3\x00"
_HINT_FOREIGN = "Name another state directory, or move this file aside."


def open_writable(path: Path) -> apsw.Connection:
    """The one writing connection; the catalog is created (mode 0600) or lifted to this version if need be.

    Raises ``CatalogError`` for a damaged, foreign or newer file, or one that may not be opened, and
    ``StoreUnavailable`` while its disk fails.
    """
    _create(path)
    _look_at_header(path)
    with translating(path):
        connection = _checked(path, apsw.SQLITE_OPEN_READWRITE)
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def reopen_writable(path: Path) -> apsw.Connection:
    """As ``open_writable`` for a file that was found good before. Raises SQLite's own errors."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    _configure_writer(connection)
    return connection


def open_readonly(path: Path) -> apsw.Connection:
    """A connection that cannot change the catalog, whether the daemon runs or not.

    Raises as ``open_writable``, and ``CatalogError`` when there is no catalog.
    """
    _look_at_header(path)
    with translating(path):
        connection = _checked(path, apsw.SQLITE_OPEN_READONLY)
        try:
            _verify(connection, path)
            if connection.pragma("user_version") < VERSION:
                raise CatalogError(
                    f"the catalog {str(path)!r} is of an older version",
                    hint="Start the daemon once: it lifts the catalog to this version.",
                )
            connection.set_busy_timeout(BUSY_MS)
            connection.pragma("query_only", True)
            connection.pragma("temp_store", "memory")
            connection.pragma("cache_size", -CACHE_KIB)
        except BaseException:
            connection.close()
            raise
    return connection


def _create(path: Path) -> None:
    with translating(path):
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except FileExistsError:
            return
        except PermissionError as error:
            raise _forbidden(path, error) from None
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def _look_at_header(path: Path) -> None:
    """Refuse what is no SQLite file before SQLite touches it or leaves journals beside it."""
    try:
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
    except FileNotFoundError:
        raise CatalogError(
            f"there is no catalog at {str(path)!r}", hint="Start the daemon once, or name its --state-dir."
        ) from None
    except IsADirectoryError:
        raise CatalogError(
            f"{str(path)!r} is a directory, not a catalog", hint="Name another state directory."
        ) from None
    except PermissionError as error:
        raise _forbidden(path, error) from None
    except OSError as error:
        with translating(path):
            raise error
    if head and head != _MAGIC:
        raise CatalogError(f"{str(path)!r} is not a catalog of ingestd", hint=_HINT_FOREIGN, file=str(path))


def _forbidden(path: Path, error: OSError) -> CatalogError:
    return CatalogError(
        f"the catalog {str(path)!r} may not be opened: {error.strerror}",
        hint="Run as the user the daemon runs as (or as root), or mend the owner of the state directory.",
        file=str(path),
    )


def _checked(path: Path, flags: int) -> apsw.Connection:
    """Open, telling a file that may not be opened from a disk that fails."""
    mode = "ro" if flags & apsw.SQLITE_OPEN_READONLY else "rw"
    try:
        return apsw.Connection(
            f"file:{quote(os.fsencode(path))}?mode={mode}", flags=flags | apsw.SQLITE_OPEN_URI
        )
    except apsw.CantOpenError:
        needed = os.R_OK if mode == "ro" else os.R_OK | os.W_OK
        if not os.access(path, needed):
            raise _forbidden(path, PermissionError(13, os.strerror(13))) from None
        raise


def _prepare(connection: apsw.Connection, path: Path) -> None:
    if connection.readonly("main"):
        raise _forbidden(path, PermissionError(13, os.strerror(13)))
    connection.set_busy_timeout(BUSY_MS)
    if _is_empty(connection):
        _create_schema(connection)
    else:
        _verify(connection, path)
        _migrate(connection)
    _configure_writer(connection)
    _probe(connection, path)


def _is_empty(connection: apsw.Connection) -> bool:
    return not sql.value(connection, "SELECT EXISTS (SELECT 1 FROM sqlite_schema)")


def _create_schema(connection: apsw.Connection) -> None:
    schema = Path(__file__).with_name("schema.sql").read_text(encoding="utf-8")
    connection.pragma("journal_mode", "wal")
    with connection:
        connection.execute(schema)
        connection.executemany("INSERT INTO search (search, rank) VALUES (?, ?)", FTS_OPTIONS.items())
        connection.pragma("application_id", APPLICATION_ID)
        connection.pragma("user_version", VERSION)


def _verify(connection: apsw.Connection, path: Path) -> None:
    if connection.pragma("application_id") != APPLICATION_ID:
        raise CatalogError(f"{str(path)!r} is not a catalog of ingestd", hint=_HINT_FOREIGN, file=str(path))
    version = connection.pragma("user_version")
    if version > VERSION:
        raise CatalogError(
            f"the catalog {str(path)!r} is of version {version}, newer than this program knows ({VERSION})",
            hint="Install the newer ingestd again.",
            file=str(path),
        )


def _migrate(connection: apsw.Connection) -> None:
    for version in range(connection.pragma("user_version"), VERSION):
        with connection:
            connection.execute(MIGRATIONS[version])
            connection.pragma("user_version", version + 1)


def _configure_writer(connection: apsw.Connection) -> None:
    connection.set_busy_timeout(BUSY_MS)
    for name, value in (
        ("journal_mode", "wal"),
        ("synchronous", "full"),  # the source of a document is removed right after the commit
        ("foreign_keys", True),
        ("cache_size", -CACHE_KIB),
        ("temp_store", "memory"),
        ("journal_size_limit", JOURNAL_BYTES),
        ("wal_autocheckpoint", 0),  # the writer does it after its callers have their answer
    ):
        connection.pragma(name, value)


def _probe(connection: apsw.Connection, path: Path) -> None:
    """Find damage at start, where it can be said in one sentence, and not in the middle of the work."""
    if path.stat().st_size <= PROBED_BYTES:
        problem = str(sql.value(connection, "PRAGMA quick_check(1)"))
        if problem != "ok":
            sentence = " ".join(problem.replace("*** in database main ***", "").split())
            raise CatalogError(f"the catalog {str(path)!r} is damaged: {sentence}", hint=_DAMAGED_HINT)
        return
    for table in ("documents", "sources", "pages", "chunks", "concepts"):
        connection.execute(f"SELECT min(id), max(id) FROM {table}").get  # noqa: B018 names are ours


def integrity(connection: apsw.Connection) -> list[str]:
    """Damage to the file, rows that refer to nothing, and results that do not fit their document."""
    problems = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
    problems += [
        f"{table} row {row} refers to a {parent} row that is not there"
        for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check")
    ]
    for sentence, query in _PROMISES:
        problems += [f"document {sha256} {sentence}" for (sha256,) in connection.execute(query)]
    stray = sql.value(
        connection, "SELECT count(*) FROM search_docsize WHERE id NOT IN (SELECT id FROM chunks)"
    )
    return [*problems, f"the index has {stray} entries without a chunk"] if stray else problems


_PROMISES = (
    (
        "is done but lacks its results, or has results and is not done",
        "SELECT sha256 FROM documents LEFT JOIN extracts ON document = id"
        " WHERE (status = 'done') <> (document IS NOT NULL)",
    ),
    (
        "has results but is not done",
        "SELECT sha256 FROM documents WHERE status <> 'done' AND (EXISTS (SELECT 1 FROM pages WHERE"
        " document = documents.id) OR EXISTS (SELECT 1 FROM chunks WHERE document = documents.id))",
    ),
    (
        "has chunks that are not in the index",
        "SELECT DISTINCT sha256 FROM chunks JOIN documents ON documents.id = document"
        " WHERE chunks.id NOT IN (SELECT id FROM search_docsize)",
    ),
    (
        "has chunks with a gap between them",
        "SELECT sha256 FROM chunks JOIN documents ON documents.id = document GROUP BY document"
        " HAVING max(chunks.id) - min(chunks.id) + 1 <> count(*)",
    ),
    ("has no source", "SELECT sha256 FROM documents WHERE id NOT IN (SELECT document FROM sources)"),
)

_DAMAGED_HINT = "Restore a backup of the state directory, or move catalog.db aside to begin anew."
