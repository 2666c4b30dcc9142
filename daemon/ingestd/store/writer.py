"""The one thread that writes: what its callers ask for meanwhile shares one commit, and so one fsync.

A job is a function of the connection. All jobs of a batch run in one transaction; when one of them raises,
or the disk does, the transaction is rolled back and each job runs again in a transaction of its own, so
that only those fail that fail by themselves. (Savepoints would do the same, but make FTS5 write out its
index at each one.) A job must therefore bear to run twice: it reads only its arguments and the database.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import apsw

from ingestd import faults
from ingestd.allocator import give_back
from ingestd.errors import CatalogError, StoreUnavailable
from ingestd.store import database
from ingestd.store.failures import DAMAGED, PASSING, translated

T = TypeVar("T")
Operation = Callable[[apsw.Connection], Any]
Last = Callable[[apsw.Connection, Any], None]

MAX_JOBS = 256
"""Jobs in one commit."""
MAX_WEIGHT = 256
"""Pages in one commit, beside the first job that brings any: a claim need not wait for a whole backlog."""
CHECKPOINT_FRAMES = 4000
"""WAL frames (of 4 KiB) that make the writer copy them back into the database."""
IDLE_SECONDS = 2.0
MERGE_PAGES = 500
"""Pages of the full-text index that are merged at one go while nothing else is to do: some 30 ms."""


class _Job:
    __slots__ = ("future", "last", "operation", "step", "weight")

    def __init__(self, step: str, operation: Operation, weight: int = 0, last: Last | None = None) -> None:
        self.step = step
        self.operation = operation
        self.weight = weight
        self.last = last
        self.future: Future[Any] = Future()


class Writer:
    """Runs jobs one after another, many to a commit. All methods may be called from any thread."""

    def __init__(self, connection: apsw.Connection, path: Path) -> None:
        self._path = path
        self._connection: apsw.Connection | None = connection
        self._queue: queue.SimpleQueue[_Job | Future[None] | None] = queue.SimpleQueue()
        self._held: list[_Job] = []  # taken from the queue, too heavy for the last batch
        self._asked: list[Future[None]] = []  # those who wait for the next tidying
        self._frames = 0
        self._untidy = True
        self._closing = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._loop, name="store-writer", daemon=True)
        self._watch(connection)
        self._thread.start()

    def run(
        self,
        step: str,
        operation: Callable[[apsw.Connection], T],
        weight: int = 0,
        last: Callable[[apsw.Connection, T], None] | None = None,
    ) -> T:
        """The result of ``operation`` once it is durable; ``step`` names the fault point passed then.

        ``last`` is called with the result in the same transaction, after all that others ask for in it.
        Raises what either raised, or ``StoreUnavailable`` when the disk did not take it.
        """
        job = _Job(step, operation, weight, last)
        self._ask(job)
        result: T = job.future.result()
        return result

    def tidy(self) -> None:
        """Merge the index and empty the journal now. Raises nothing: a disk that fails tells the next job."""
        done: Future[None] = Future()
        self._ask(done)
        done.result()

    def _ask(self, item: _Job | Future[None]) -> None:
        with self._closing:
            if self._closed:
                raise StoreUnavailable("the catalog has been closed", hint="The daemon is stopping.")
            self._queue.put(item)

    def close(self) -> None:
        """Finish what was asked for, checkpoint, close. Idempotent."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    # -- the thread ------------------------------------------------------------------------------

    def _loop(self) -> None:
        while self._gather():
            batch, self._held = _share(self._held)
            if batch:
                self._commit(batch)
                self._checkpoint_if_due()
            elif not self._held:
                self._tidy()
        self._tidy(merge=False)  # an end must not take long; what is not merged is found all the same
        if self._connection is not None:
            self._connection.close()

    def _gather(self) -> bool:
        """Take what waits, at least one thing if there is nothing to do yet; False when it is the end.

        Nothing taken means: it has been quiet for a while, or someone asks for tidiness.
        """
        idle = not self._held
        while len(self._held) < MAX_JOBS and (idle or not self._queue.empty()):
            try:
                item = self._queue.get(timeout=IDLE_SECONDS if idle and self._untidy else None)
            except queue.Empty:
                return True
            idle = False
            if isinstance(item, _Job):
                self._held.append(item)
            elif item is not None:
                self._asked.append(item)
            elif self._held:
                self._queue.put(None)  # first what was asked for
                return True
            else:
                return False
        return True

    def _commit(self, batch: list[_Job]) -> None:
        try:
            results = self._transact(batch)
        except Exception as error:  # noqa: BLE001 every caller gets its answer, whatever happened
            self._recover(error)
            if len(batch) == 1:
                batch[0].future.set_exception(translated(error, self._path))
                return
            for job in batch:
                self._commit([job])
            return
        self._untidy = True
        for job, result in zip(batch, results, strict=True):
            self._answer(job, result)

    def _transact(self, batch: list[_Job]) -> list[Any]:
        if self._connection is None:
            self._connection = database.reopen_writable(self._path)
            self._watch(self._connection)
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        results = [job.operation(connection) for job in batch]
        for job, result in zip(batch, results, strict=True):
            if job.last is not None:
                job.last(connection, result)
        faults.point("store.commit")
        connection.execute("COMMIT")
        return results

    def _answer(self, job: _Job, result: Any) -> None:
        try:
            faults.point(job.step)
        except OSError as error:
            job.future.set_exception(translated(error, self._path))
        else:
            job.future.set_result(result)

    def _recover(self, error: Exception) -> None:
        """Back to a connection without a transaction; a new one where the old one cannot be trusted."""
        connection = self._connection
        if connection is None:
            return
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except apsw.Error:
            suspect = True
        else:
            suspect = isinstance(error, (apsw.IOError, *DAMAGED))
        if suspect:
            self._connection = None
            connection.close(force=True)

    # -- care of the files -----------------------------------------------------------------------

    def _watch(self, connection: apsw.Connection) -> None:
        connection.set_wal_hook(self._on_commit)

    def _on_commit(self, _connection: apsw.Connection, _database: str, frames: int) -> int:
        self._frames = frames
        return apsw.SQLITE_OK

    def _checkpoint_if_due(self) -> None:
        if self._frames >= CHECKPOINT_FRAMES:
            self._frames = 0  # asked again after the next commit, if a reader held some frames back
            self._care(lambda c: c.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE))

    def _tidy(self, *, merge: bool = True) -> None:
        """Work for quiet times: merge the full-text index, empty the WAL, free memory. Gives way to any job."""
        self._untidy = False
        asked, self._asked = self._asked, []
        while merge and self._queue.empty() and self._care(_merge):
            pass
        self._care(_empty_journal)
        if not self._closed:
            self._care(lambda connection: connection.execute("PRAGMA shrink_memory"))
            give_back()
        for one in asked:
            one.set_result(None)

    def _care(self, work: Callable[[apsw.Connection], T]) -> T | None:
        """Do ``work``, or nothing: a disk that fails here is met, and told, by the next job."""
        if self._connection is None:
            return None
        try:
            return work(self._connection)
        except (*PASSING, *DAMAGED, CatalogError) as error:
            self._recover(error)
            return None


def _share(jobs: list[_Job]) -> tuple[list[_Job], list[_Job]]:
    """Jobs for this commit and for later: light ones all go, heavy ones in turn up to a weight."""
    now: list[_Job] = []
    later: list[_Job] = []
    weight = 0
    for job in jobs:
        if job.weight and weight and (later or weight + job.weight > MAX_WEIGHT):
            later.append(job)
        else:
            weight += job.weight
            now.append(job)
    return now, later


def _empty_journal(connection: apsw.Connection) -> None:
    """Fold the WAL back and cut it to nothing, or as far as readers let it: no job waits for a reader."""
    connection.set_busy_timeout(0)
    try:
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    finally:
        connection.set_busy_timeout(database.BUSY_MS)


def _merge(connection: apsw.Connection) -> bool:
    """One step of merging; whether there is more to do (SQLite's documented sign: two changes and more)."""
    before = connection.total_changes()
    with connection:
        connection.execute("INSERT INTO search (search, rank) VALUES ('merge', ?)", (MERGE_PAGES,))
    return connection.total_changes() - before >= 2
