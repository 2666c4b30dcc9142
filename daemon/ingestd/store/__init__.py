"""The catalog and its ledger: what was accepted, how far it got, and all that came out of it.

``protocol`` says what a store promises; ``open_store`` and ``open_catalog`` give the one on SQLite::

    sqlite       puts the parts together
    writer       one writing thread, many callers to a commit
    readers      read-only connections
    database     opening: ours, whole, of this version; settings; integrity
    ledger       writes: accept, claim, retry, quarantine, release
    turns        whose turn it is among the priorities
    results      writes: what came out of a document, in the transaction of ``done``
    reading      reads: counts, documents
    searching    reads: a query answered; ``query`` reads it, ``matching`` finds, ``snippet`` shows
    topics       reads: concepts across documents
    words        what is done to text before it is indexed or searched for
    rows         what is handed out, with the shapes of ``--json``
    failures     SQLite's errors in the program's words
    schema.sql   the tables, and what must hold in them
"""

from pathlib import Path

from ingestd.store.protocol import Catalog, Store
from ingestd.store.rows import (
    HOME,
    Acceptance,
    AttemptRow,
    Bytes,
    ChunkRow,
    ConceptCount,
    Counts,
    DocumentDetail,
    DocumentRow,
    Hit,
    PageRow,
    Place,
    Related,
    Seen,
)
from ingestd.store.sqlite import SqliteCatalog, SqliteStore

CATALOG_FILE = "catalog.db"

__all__ = [
    "CATALOG_FILE",
    "HOME",
    "Acceptance",
    "AttemptRow",
    "Bytes",
    "Catalog",
    "ChunkRow",
    "ConceptCount",
    "Counts",
    "DocumentDetail",
    "DocumentRow",
    "Hit",
    "PageRow",
    "Place",
    "Related",
    "Seen",
    "Store",
    "open_catalog",
    "open_store",
]


def open_store(state_dir: Path) -> Store:
    """The catalog in ``state_dir`` for reading and writing, created if there is none.

    Only one process may have it open so. Raises ``CatalogError`` when the file is damaged, foreign, newer
    than this program, or may not be opened; ``StoreUnavailable`` while its disk fails.
    """
    return SqliteStore(state_dir / CATALOG_FILE)


def open_catalog(state_dir: Path) -> Catalog:
    """The catalog in ``state_dir`` for reading, whether the daemon runs or not. Raises as ``open_store``.

    It is opened at the first read.
    """
    return SqliteCatalog(state_dir / CATALOG_FILE)
