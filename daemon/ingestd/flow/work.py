"""Working off the ledger: claim a document, extract it, store it, archive it; decide what a failure means.

The ledger is the queue: what is claimed here is all that is held in memory, and it is bounded.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ingestd import faults
from ingestd.concurrency import ConcurrencyManager
from ingestd.concurrency.machine import usable_memory
from ingestd.config import Settings
from ingestd.errors import (
    BytesMissing,
    CatalogError,
    ClaimLost,
    IngestError,
    ShutdownError,
    TransientError,
    WorkerStartError,
)
from ingestd.flow.extraction import WALL_PER_CPU, Extraction, seconds_allowed
from ingestd.flow.resource import Resource
from ingestd.flow.room import Room
from ingestd.flow.verdict import TryAgain, judge, recorded
from ingestd.log import Logger
from ingestd.model import Claim, Extract
from ingestd.pdf.travel import ReadJob
from ingestd.spool import Spool
from ingestd.store import Place, Store

DOCUMENTS_SHARE = 4
"""Long documents may take this part of the memory; workers, store and the rest need the others."""
RANGES_AT_ONCE = 4
"""Ranges that are one call while other documents keep all workers busy: to take a document apart and put it
together again costs a tenth of reading it."""
STALL_MARGIN = 120.0
"""Seconds beyond all deadlines of the calls in flight, none of them ending, that mean a stall."""


@dataclass(slots=True)
class Tally:
    """What became of documents in this run."""

    done: int = 0
    retrying: int = 0
    quarantined: int = 0


@dataclass(slots=True)
class Case:
    """A document being worked on."""

    claim: Claim
    log: Logger
    begun: float = field(default_factory=time.monotonic)
    stages: dict[str, float] = field(default_factory=dict)
    """Milliseconds by stage of the cascade."""
    read: bool = False
    """All that comes out of it is there; it waits for the store."""
    done: bool = False
    """Its results are in the catalog."""

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Times one stage."""
        start = time.monotonic()
        try:
            yield
        finally:
            self.stages[name] = round((time.monotonic() - start) * 1e3, 2)


class Worker:
    """Takes one claimed document from spool to archive, or to retry or quarantine. One method a hop."""

    def __init__(
        self,
        settings: Settings,
        manager: ConcurrencyManager,
        spool: tuple[Spool, Resource],
        ledger: tuple[Store, Resource],
        *,
        on_progress: Callable[[], None],
        on_undone: Callable[[], None],
    ) -> None:
        """``on_progress`` is called when a document is read, and when its results are in the catalog;
        ``on_undone`` when they could not be moved there: housekeeping will."""
        self.settings = settings
        self.tally = Tally()
        self._manager = manager
        self._spool, self._disk = spool
        self._store, self._ledger = ledger
        self._on_progress = on_progress
        self._on_undone = on_undone
        self._room = Room((settings.executors.memory_limit or usable_memory()) // DOCUMENTS_SHARE)
        self._random = random.Random()
        self._extracting = 0
        """Documents whose pages are being read, or wait for it."""
        self._done: list[str] = []
        """Documents whose bytes wait to be archived."""
        self._archiving = asyncio.Lock()

    async def work(self, case: Case) -> None:
        """Raises only on cancellation and when the machinery is past help: then the document is as it was before."""
        extract: Extract | None = None
        try:
            async with contextlib.AsyncExitStack() as held:
                with case.stage("extract"):
                    extract = await self._extract(case, held)
                case.read = True
                self._on_progress()
                with case.stage("store"):
                    await self._ledger.insist(self._store.complete, case.claim, extract, time.time())
        except ClaimLost as error:
            case.log.warning("log.message", message=error.message)
        except (asyncio.CancelledError, ShutdownError, WorkerStartError, CatalogError):
            await self._release(case, extract)
            raise
        except Exception as error:  # noqa: BLE001 (the verdict knows what it means)
            await self._failed(case, error)
        else:
            self._ingested(case, extract)
            await self._archive(case)

    async def _extract(self, case: Case, held: contextlib.AsyncExitStack) -> Extract:
        self._extracting += 1
        try:
            return await self._extracted(case.claim, held)
        finally:
            self._extracting -= 1

    async def _extracted(self, claim: Claim, held: contextlib.AsyncExitStack) -> Extract:
        file = await self._disk.wait(self._spool.open, claim.sha256)
        job, limits = self._job(), self.settings.limits
        try:
            extract = await Extraction(self._manager, limits, job, claim, file, room=self._room).run(held)
        except asyncio.CancelledError:
            raise  # a chunk thread may still hold the number of the file: it stays open until the exit
        except BaseException:
            os.close(file)
            raise
        os.close(file)
        return extract

    def _job(self) -> ReadJob:
        settings = self.settings
        crowded = self._extracting >= 2 * self._manager.config.cpu_workers
        return ReadJob(
            engine=settings.pdf.engine,
            passwords=settings.pdf.passwords,
            range_pages=settings.pdf.range_pages,
            whole_pages=self._most_pages() if crowded else 0,
            max_pages=settings.limits.max_pages,
            max_text=int(settings.limits.max_text),  # a plain number: workers know no pydantic
            concept_limit=settings.concepts.limit,
        )

    def _most_pages(self) -> int:
        return RANGES_AT_ONCE * self.settings.pdf.range_pages

    async def _archive(self, case: Case) -> None:
        """Those that are done while a move is under way go together in the next one."""
        sha256 = case.claim.sha256
        self._done.append(sha256)
        async with self._archiving:
            if sha256 in self._done:
                batch, self._done = self._done, []
                await self._home(batch, Place.ARCHIVE, self._spool.archive, *batch)

    async def _home(self, sha256s: list[str], place: Place, move: Callable[..., None], *args: Any) -> None:
        """Moves the bytes. A failure here is none of the documents': housekeeping moves them later."""
        try:
            await self._disk.call(move, *args)
            faults.point(f"{place}.moved")
            await self._ledger.call(self._store.moved, sha256s, place)
        except (TransientError, BytesMissing):
            self._on_undone()

    async def _failed(self, case: Case, error: BaseException) -> None:
        claim, now = case.claim, time.time()
        verdict = judge(error, claim, self.settings.retry, self._random)
        failure = recorded(error, verdict, claim)
        expected = failure.type != "unexpected"
        with contextlib.suppress(ClaimLost):
            if isinstance(verdict, TryAgain):
                retry_at = now + verdict.delay
                await self._ledger.insist(self._store.retry_later, claim, failure, retry_at, now)
                self.tally.retrying += 1
                case.log.warning(
                    "document.retrying",
                    error=failure.to_dict(),
                    delay=round(verdict.delay, 3),
                    exc_info=None if expected else error,
                )
            else:
                await self._ledger.insist(self._store.quarantine, claim, failure, now)
                faults.point("quarantine.committed")
                self.tally.quarantined += 1
                case.log.log(
                    30 if expected else 40,
                    "document.quarantined",
                    error=failure.to_dict(),
                    exc_info=None if expected else error,
                )
                shape = failure.to_dict()
                await self._home(
                    [claim.sha256],
                    Place.QUARANTINE,
                    self._spool.quarantine,
                    claim.sha256,
                    shape,
                    [claim.path],
                )

    async def _release(self, case: Case, extract: Extract | None) -> None:
        try:
            await self._ledger.call(self._store.release, case.claim, time.time())
        except ClaimLost:
            if extract is not None:  # cut short while its results were being committed: they are
                self._ingested(case, extract)
        except IngestError:
            pass  # a claim that is not given back is void in the next run

    def _ingested(self, case: Case, extract: Extract) -> None:
        case.done = True
        self._on_progress()
        self.tally.done += 1
        case.log.info(
            "document.ingested",
            pages=extract.info.page_count,
            chunks=len(extract.chunks),
            concepts=len(extract.concepts),
            bytes=case.claim.size,
            language=extract.language,
            engine=extract.engine,
            no_text_pages=len(extract.no_text_pages),
            garbled_pages=len(extract.garbled_pages),
            failed_pages=len(extract.failed_pages),
            ms=case.stages | {"total": round((time.monotonic() - case.begun) * 1e3, 2)},
            worker_ms=extract.timings_ms,
        )

    def longest_call(self, claim: Claim) -> float:
        """Seconds that any one call on this document may take, with a margin."""
        seconds = seconds_allowed(self.settings.limits, claim.size, self._most_pages())
        return WALL_PER_CPU * seconds + STALL_MARGIN
