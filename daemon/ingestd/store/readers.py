"""Read-only connections, one for each thread that reads at a time, kept for the next."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from ingestd.errors import StoreUnavailable
from ingestd.store import database
from ingestd.store.failures import translating

KEPT = 8
"""Idle connections kept open; each holds a few file descriptors and up to 16 MB of cache."""


class Readers:
    """A pool of read-only connections to one catalog."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[apsw.Connection] = []
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def borrow(self) -> Iterator[apsw.Connection]:
        """A connection for this thread, in a transaction: all that is read is of one instant."""
        connection = self._take()
        sound = False
        try:
            with translating(self._path), _snapshot(connection):
                yield connection
            sound = True
        finally:
            self._give_back(connection, sound)

    def close(self) -> None:
        """Close idle connections; those in use are closed when they come back. Idempotent."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _take(self) -> apsw.Connection:
        with self._lock:
            if self._closed:
                raise StoreUnavailable("the catalog has been closed", hint="The daemon is stopping.")
            if self._idle:
                return self._idle.pop()
        return database.open_readonly(self._path)

    def _give_back(self, connection: apsw.Connection, sound: bool) -> None:
        with self._lock:
            if sound and not self._closed and len(self._idle) < KEPT:
                self._idle.append(connection)
                return
        connection.close(force=True)


@contextmanager
def _snapshot(connection: apsw.Connection) -> Iterator[None]:
    connection.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("COMMIT")
