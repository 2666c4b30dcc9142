"""Accepting: a settled file becomes a durable spool copy with its ledger row, and only then leaves the inbox.

The order of one batch, each step durable before the next: copy to the spool, commit the ledger rows,
dispose of the sources. A kill between two steps leaves a file that is met again and found a duplicate,
or a spool copy without a row that the next start puts aside; never a document in neither place.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence

from ingestd import faults
from ingestd.errors import IngestError, NotSettled, StorageError, TransientError
from ingestd.flow.resource import Resource
from ingestd.log import Logger
from ingestd.model import AfterAccept, Settled, Spooled, Status
from ingestd.spool import Disposal, Spool
from ingestd.store import Acceptance, Seen, Store
from ingestd.watch import Watcher

PIECE = 32
"""Files that go through together: they share the syncs of directory and ledger."""
FIRST_PIECE = 4
"""The same where nothing is under way, and twice as many each time after: the workers wait for the first."""
PIECES_AT_ONCE = 8
UNSETTLED_DELAY = 0.5
"""Seconds before a file that changed while it was read is looked at again."""
TROUBLE_DELAY = 10.0
"""Seconds before a file that could not be read is looked at again."""

_AGAIN: dict[Disposal | None, float] = {
    Disposal.CHANGED: UNSETTLED_DELAY,
    Disposal.LATER: TROUBLE_DELAY,
}
"""Sources that are still there and will have to be looked at again, in so many seconds."""


class Intake:
    """Takes what has settled in the inboxes, in batches, as fast as the disk allows."""

    def __init__(
        self,
        spool: tuple[Spool, Resource],
        ledger: tuple[Store, Resource],
        after: dict[str, AfterAccept],
        log: Logger,
        on_accepted: Callable[[], None],
    ) -> None:
        """``after``: by inbox, what becomes of a source."""
        self._spool, self._disk = spool
        self._store, self._ledger = ledger
        self._after = after
        self._log = log
        self._on_accepted = on_accepted
        self._begun: set[asyncio.Task[None]] = set()

    async def run(self, watcher: Watcher) -> None:
        """Until the watcher has no more to give (``--once``), or until cancelled: ``finish`` is to follow."""
        gate = asyncio.Semaphore(PIECES_AT_ONCE)
        async for batch in watcher:
            for piece in _pieces(batch, PIECE if self._begun else FIRST_PIECE):
                await gate.acquire()
                self._begin(watcher, piece).add_done_callback(lambda _: gate.release())
        await self.finish(None)

    async def finish(self, within: float | None) -> None:
        """Waits for the pieces begun; gives them up after ``within`` seconds: all is still in the inbox."""
        if self._begun:
            await asyncio.wait(self._begun, timeout=within)
        for task in self._begun:
            task.cancel()
        await asyncio.gather(*self._begun, return_exceptions=True)

    def _begin(self, watcher: Watcher, piece: Sequence[Settled]) -> asyncio.Task[None]:
        task = asyncio.create_task(self._accept(watcher, piece), name="accept")
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)
        return task

    async def _accept(self, watcher: Watcher, batch: Sequence[Settled]) -> None:
        again: dict[bytes, float] = {}
        try:
            begun = time.monotonic()
            taken = await self._disk.insist(_take, self._spool, batch)
            spooled = [item for item in taken if isinstance(item, Spooled)]
            if spooled:
                again = await self._record(spooled, begun)
            for source, item in zip(batch, taken, strict=True):
                if isinstance(item, IngestError):
                    again |= await self._refused(source, item)
        except Exception:  # noqa: BLE001 (whatever it was: it is logged, and all is still in the inbox)
            again = dict.fromkeys((source.path for source in batch), TROUBLE_DELAY)
            self._log.exception("log.message", message="a batch of files could not be accepted")
        finally:
            for source in batch:
                watcher.done(source, again_in=again.get(source.path))

    async def _record(self, spooled: Sequence[Spooled], begun: float) -> dict[bytes, float]:
        """Rows, then the end of the sources; says which of these to look at again, and in how many seconds."""
        outcomes = await self._ledger.insist(self._store.accept, spooled, time.time())
        faults.point("accept.committed")
        spent = round((time.monotonic() - begun) * 1e3, 2)
        for item, outcome in zip(spooled, outcomes, strict=True):
            self._say(item, outcome, spent)
        self._on_accepted()
        disposals = await self._disk.insist(self._dispose, spooled, outcomes)
        left = [
            _seen(item.source, disposal.value if disposal else "kept")
            for item, disposal in zip(spooled, disposals, strict=True)
            if disposal in (None, Disposal.DENIED)
        ]
        if left:
            await self._ledger.insist(self._store.remember, left, time.time())
        return {
            item.source.path: _AGAIN[disposal]
            for item, disposal in zip(spooled, disposals, strict=True)
            if disposal in _AGAIN
        }

    def _dispose(self, spooled: Sequence[Spooled], outcomes: Sequence[Acceptance]) -> list[Disposal | None]:
        disposals: list[Disposal | None] = []
        for item, outcome in zip(spooled, outcomes, strict=True):
            keep = self._after[item.source.inbox] is AfterAccept.KEEP
            disposals.append(None if keep else self._spool.dispose(item.source))
            if outcome.status in (Status.DONE, Status.QUARANTINED):
                # Its bytes are at home already.
                self._spool.discard(item.sha256, done=outcome.status is Status.DONE)
        return disposals

    async def _refused(self, source: Settled, error: IngestError) -> dict[bytes, float]:
        """Leaves the file where it is; says in how many seconds to look at it again, if at all."""
        if isinstance(error, NotSettled):
            return {source.path: UNSETTLED_DELAY}
        self._log.warning(
            "inbox.ignored",
            path=source.path,
            inbox=source.inbox,
            reason=error.type,
            error=error.to_dict(),
        )
        if isinstance(error, TransientError):
            return {source.path: TROUBLE_DELAY}
        await self._ledger.insist(self._store.remember, [_seen(source, error.type)], time.time())
        return {}

    def _say(self, item: Spooled, outcome: Acceptance, spent: float) -> None:
        fields = {
            "doc": item.sha256,
            "path": item.source.path,
            "inbox": item.source.inbox,
            "bytes": item.size,
        }
        if outcome.new:
            self._log.info("document.accepted", attempt=0, accept_ms=spent, tags=item.source.tags, **fields)
        elif outcome.status is Status.QUARANTINED:
            self._log.warning(
                "document.duplicate",
                attempt=0,
                status=outcome.status.value,
                error=outcome.error,
                hint=f"It was tried before and is in quarantine: `ingestctl retry {item.sha256[:12]}`.",
                **fields,
            )
        else:
            self._log.info("document.duplicate", attempt=0, status=outcome.status.value, **fields)


def _pieces(batch: Sequence[Settled], size: int) -> Iterator[Sequence[Settled]]:
    start = 0
    while start < len(batch):
        yield batch[start : start + size]
        start += size
        size = min(2 * size, PIECE)


def _take(spool: Spool, batch: Sequence[Settled]) -> list[Spooled | IngestError]:
    """Raises where the disk, not a file, is at fault: then nothing at all could be copied."""
    taken = spool.take(batch)
    troubles = [item for item in taken if isinstance(item, StorageError)]
    if troubles and len(troubles) == len(batch):
        raise troubles[0]
    return taken


def _seen(source: Settled, outcome: str) -> Seen:
    return Seen(source.path, source.identity, outcome)
