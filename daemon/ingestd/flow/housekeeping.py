"""What is left undone and not urgent: bytes on their way home, the journal of the catalog.

A document's status is the truth; where its bytes lie follows. A kill, a full disk, or an operator's ``retry``
leaves bytes away from home, and every such move is made here, at start and whenever there is a reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from ingestd.errors import BytesMissing, CircuitOpenError, TransientError
from ingestd.flow.resource import Resource
from ingestd.log import Logger
from ingestd.model import Status
from ingestd.spool import Repair, Spool
from ingestd.store import Bytes, Place, Store

DELAY = 5.0
"""Seconds between a failed move and the next look, and of rest before the journal is folded in."""

MANY = 250_000
"""Waiting documents whose names may be held in memory for a moment at start: some 40 MiB."""


class Housekeeping:
    """Brings bytes home. ``ask`` says that there may be something to do."""

    def __init__(
        self,
        spool: tuple[Spool, Resource],
        ledger: tuple[Store, Resource],
        log: Logger,
        *,
        in_flight: Callable[[str], bool],
    ) -> None:
        """``in_flight``: whether somebody else may be moving the bytes of a document at this moment."""
        self._spool, self._disk = spool
        self._store, self._ledger = ledger
        self._log = log
        self._in_flight = in_flight
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """Look, soon."""
        self._asked.set()

    async def repair(self) -> None:
        """At start, before anything else runs: put right what a kill left half-done, however long it takes."""
        found = await self._disk.insist(self._repair)
        self._report(found)
        await self.bring_home(await self._ledger.insist(self._store.misplaced))

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._asked.wait()
            await asyncio.sleep(DELAY)
            self._asked.clear()
            try:
                await self.bring_home(await self._ledger.call(self._store.misplaced))
                await self._ledger.call(self._store.checkpoint)
            except TransientError:
                self._asked.set()

    async def bring_home(self, documents: Sequence[Bytes]) -> None:
        """Moves the bytes of each to where its status says; what fails is tried again later."""
        for document in documents:
            if self._in_flight(document.sha256):
                # Put back meanwhile: whoever moves it now moves it elsewhere.
                if document.home is Place.SPOOL:
                    self.ask()
                continue
            try:
                await self._disk.call(move_home, self._spool, document)
            except BytesMissing as error:
                # Nothing can be moved, ever: `verify` finds it, and another drop of it mends it.
                self._log.error("log.message", doc=document.sha256, message=error.message, hint=error.hint)
            except CircuitOpenError:
                self.ask()
                return
            except TransientError:
                self.ask()
                continue
            await self._ledger.insist(self._store.moved, [document.sha256], document.home)

    def _repair(self) -> Repair:
        found = self._spool.repair(Ledger(self._store))
        for sha256 in found.unexplained:
            self._spool.quarantine(sha256, self._store.show(sha256).row.error or {}, [])
        return found

    def _report(self, found: Repair) -> None:
        for sha256 in found.missing:
            self._log.error("log.message", doc=sha256, message="its bytes are neither in spool nor elsewhere")
        if found.parts_removed or found.archived or found.respooled or found.orphans:
            self._log.info(
                "log.message",
                message="the last run was cut short: its half-done steps are put right",
                parts_removed=found.parts_removed,
                archived=found.archived,
                respooled=found.respooled,
                orphans=found.orphans,
            )


def move_home(spool: Spool, document: Bytes) -> None:
    """Moves the bytes of a document to where its status says. Blocks; may be repeated."""
    if document.home is Place.ARCHIVE:
        spool.archive(document.sha256)
    elif document.home is Place.QUARANTINE:
        spool.quarantine(document.sha256, document.error or {}, [])
    else:
        spool.unquarantine(document.sha256)


class Ledger:
    """What the spool asks of the ledger to put itself right."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.statuses = store.statuses
        self.unfinished = store.unfinished
        # All in one answer take a fifth of the time; too many are asked after a piece at a time.
        self._waiting = set(store.unfinished()) if self.waiting() <= MANY else set()

    def waiting(self) -> int:
        """How many documents must lie in the spool."""
        counts = self._store.counts()
        return counts.spooled + counts.processing + counts.retrying

    def not_waiting(self, sha256s: Sequence[str]) -> Mapping[str, Status | None]:
        """Those that need not."""
        rest = [sha256 for sha256 in sha256s if sha256 not in self._waiting]
        return self._store.not_waiting(rest) if rest else {}
