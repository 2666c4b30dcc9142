"""The flow: watch > accept > chunk > compute > store > archive.

Two loops and nothing in memory that a kill could lose. *Intake* takes what has settled in the inboxes into
spool and ledger. The *work loop* claims from the ledger as many documents as the executors can
use, and each of them goes its way alone (``work``). What either leaves undone, housekeeping finishes.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import NamedTuple

from ingestd.concurrency import ConcurrencyManager
from ingestd.config import Settings
from ingestd.errors import IngestError, ShutdownError, known
from ingestd.flow.intake import Intake
from ingestd.flow.resource import Resource
from ingestd.flow.work import Case, Worker
from ingestd.log import Logger
from ingestd.model import Claim
from ingestd.spool import Spool
from ingestd.store import Store
from ingestd.watch import Watcher

LATEST_WAIT = 3600.0
"""Seconds after which a waiting work loop looks at the ledger in any case."""


class Parts(NamedTuple):
    """What the pipeline is made of."""

    settings: Settings
    manager: ConcurrencyManager
    spool: Spool
    disk: Resource
    store: Store
    ledger: Resource
    log: Logger
    run: str
    """Names this run of the daemon in its claims."""


class Pipeline:
    """Moves documents. ``start`` and ``drain`` frame its life; between them it needs no one."""

    def __init__(
        self,
        parts: Parts,
        on_change: Callable[[], None],
        on_undone: Callable[[], None],
        on_fatal: Callable[[IngestError], None],
    ) -> None:
        """``on_change``: after each document that came or went; ``on_undone``: bytes wait to be moved home;
        ``on_fatal``: nothing more can be done in this run of the daemon.

        All are called in the event loop.
        """
        self._parts = parts
        self._log = parts.log
        self._on_change = on_change
        self._on_fatal = on_fatal
        self.on_end: Callable[[], None] = lambda: None
        """Called when a document has ended, however."""
        self.run = parts.run
        self.worker = Worker(
            parts.settings,
            parts.manager,
            (parts.spool, parts.disk),
            (parts.store, parts.ledger),
            on_progress=self.wake,
            on_undone=on_undone,
        )
        self._intake: asyncio.Task[None] | None = None
        self._claiming: asyncio.Task[None] | None = None
        self._claims_more = True
        self._cases: dict[asyncio.Task[None], Case] = {}
        self._abandoned: list[Case] = []
        self._wake = asyncio.Event()
        self._moved = asyncio.Event()
        self._calls_ended = 0
        self._progress_at = time.monotonic()

    # -- life --------------------------------------------------------------------------------------

    def start(self, watcher: Watcher) -> None:
        """Begins to accept and to work."""
        self.watch(watcher)
        self._claiming = asyncio.create_task(self._claim_for_ever(), name="claim")
        self._claiming.add_done_callback(self._look_why)

    def watch(self, watcher: Watcher) -> asyncio.Task[None]:
        """Accepts from ``watcher`` from now on. The task ends when the watcher has no more to give."""
        parts = self._parts
        after = {str(inbox.path): inbox.after for inbox in self.worker.settings.inbox}
        self._acceptance = Intake(
            (parts.spool, parts.disk), (parts.store, parts.ledger), after, self._log, self.wake
        )
        self._intake = asyncio.create_task(self._acceptance.run(watcher), name="intake")
        self._intake.add_done_callback(self._look_why)
        return self._intake

    async def stop_intake(self, within: float) -> None:
        """Accepts no more; batches begun are finished, or given up after ``within`` seconds."""
        if self._intake is not None:
            await _ended(self._intake)
            await self._acceptance.finish(max(0.0, within))

    async def stop_claiming(self, within: float) -> None:
        """Begins no more documents. A claim that is being committed is waited for ``within`` seconds."""
        if self._claiming is not None:
            self._claims_more = False
            self._wake.set()
            await asyncio.wait([self._claiming], timeout=within)
            await _ended(self._claiming)

    async def settle(self) -> None:
        """Waits for the documents in flight."""
        while self._cases:
            await asyncio.wait(self._cases)

    async def abandon(self) -> None:
        """Gives the documents in flight back to the ledger, as they were."""
        tasks = list(self._cases)
        self._abandoned = list(self._cases.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def run_dry(self) -> None:
        """For ``--once``: until the watcher has given all it has and nothing is left to work on."""
        assert self._intake is not None, "start comes first"
        await self._intake
        while True:
            self._moved.clear()
            if not await self._unfinished():
                return
            await self._moved.wait()

    @property
    def left(self) -> list[Claim]:
        """Documents that ``abandon`` found in flight and that are not done."""
        return [case.claim for case in self._abandoned if not case.done]

    # -- figures -----------------------------------------------------------------------------------

    @property
    def in_flight(self) -> list[Claim]:
        """Documents being worked on."""
        return [case.claim for case in self._cases.values()]

    def holds(self, sha256: str) -> bool:
        """Whether a document is in flight, or its bytes on their way home."""
        return any(case.claim.sha256 == sha256 for case in self._cases.values())

    def stalled(self) -> bool:
        """Whether documents are in flight and no call has ended for longer than their deadlines allow.

        To be asked regularly: it looks at what has happened since it was asked last. Waiting for a resource that
        fails is no standstill: it is tried again and again.
        """
        executors = self._parts.manager.get_stats()["executors"].values()
        ended = sum(e["completed"] + e["failed"] + e["abandoned"] for e in executors)
        now = time.monotonic()
        if not self._cases or ended != self._calls_ended:
            self._calls_ended, self._progress_at = ended, now
        return any(now - self._progress_at > self.worker.longest_call(c) for c in self.in_flight)

    # -- the work loop -----------------------------------------------------------------------------

    async def _claim_for_ever(self) -> None:
        parts = self._parts
        while self._claims_more:
            self._wake.clear()
            room = self._room()
            if room > 0:
                claims = await parts.ledger.insist(parts.store.claim, parts.run, room, time.time())
                for claim in claims:
                    self._begin(claim)
                if len(claims) == room:
                    continue
            if self._claims_more:
                await self._sleep()

    def _room(self) -> int:
        # Enough for every worker to find the next document waiting, however small they are.
        capacity = 2 * self._parts.manager.config.cpu_workers + 4
        busy = sum(not case.read for case in self._cases.values())
        undone = sum(not case.done for case in self._cases.values())
        # Workers do not wait for a commit, nor for bytes on their way home, unless these fall behind.
        if undone >= 2 * capacity or len(self._cases) >= 3 * capacity:
            return 0
        # Claims are committed: in handfuls they cost little.
        free = capacity - busy
        return free if free >= capacity // 2 or not busy else 0

    def _begin(self, claim: Claim) -> None:
        log = self._log.bind(doc=claim.sha256, path=claim.path, inbox=claim.inbox, attempt=claim.attempt)
        case = Case(claim, log)
        task = asyncio.create_task(self.worker.work(case), name=f"work {claim.sha256[:12]}")
        self._cases[task] = case
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._cases[task]
        self._look_why(task)
        self._moved.set()
        self.on_end()
        self.wake()

    def _look_why(self, task: asyncio.Task[None]) -> None:
        """None of the tasks here ends by an exception, but when the machinery is past help or shut down."""
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, ShutdownError):
            if not isinstance(error, IngestError):
                self._log.error("log.message", message=f"the task {task.get_name()} failed", exc_info=error)
            self._on_fatal(known(error))

    def wake(self) -> None:
        """Something may wait in the ledger."""
        self._wake.set()
        self._on_change()

    async def _sleep(self) -> None:
        parts = self._parts
        if not self._room():
            await self._wake.wait()  # the end of a document in flight
            return
        due = await parts.ledger.insist(parts.store.next_retry_at)
        wait = LATEST_WAIT if due is None else max(0.0, due - time.time())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), min(wait, LATEST_WAIT))

    async def _unfinished(self) -> bool:
        if self._cases:
            return True
        parts = self._parts
        counts = await parts.ledger.insist(parts.store.counts)
        return bool(self._cases or counts.spooled or counts.processing or counts.retrying)


async def _ended(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
