"""The life of the daemon: start, loop, drain, done.

A signal handler only records; the loop acts. The drain is an ordered list, a reason a line.
"""

from __future__ import annotations

import asyncio
import gc
import secrets
import time
from collections.abc import Callable, Coroutine
from typing import Any

from ingestd import log, notify, worker
from ingestd.concurrency import BreakerState, ConcurrencyManager, ProgressTracker
from ingestd.config import Settings
from ingestd.control import ControlServer
from ingestd.errors import ConfigError, IngestError, StorageError, StoreUnavailable
from ingestd.flow.housekeeping import Housekeeping
from ingestd.flow.pipeline import Parts, Pipeline
from ingestd.flow.resource import Resource
from ingestd.service.build import load_the_rest, make_resource, make_watcher
from ingestd.service.desk import Desk, Outlook
from ingestd.service.news import News, StatusLine
from ingestd.service.signals import Signals
from ingestd.service.state import PATIENCE
from ingestd.service.steps import MOMENT, by, first_of, in_thread, together
from ingestd.spool import Spool
from ingestd.store import Store
from ingestd.system import VERSION
from ingestd.watch import Watcher

Reload = Callable[[], Settings]

ENDING = 0.75
"""Seconds that giving back, ending the workers and closing may take when the drain's own time is up."""


class Service:
    """The parts, built once, and the order in which they begin and end."""

    def __init__(
        self,
        settings: Settings,
        reload: Reload,
        logger: log.Logger,
        signals: Signals,
        state: tuple[Store, Spool],
        *,
        manager: ConcurrencyManager,
    ) -> None:
        self.settings = settings
        self._reload = reload
        self._log = logger
        self._signals = signals
        self._store, self._spool = state
        self._notifier = notify.connect()
        self._state = "starting"
        self._sandbox: dict[str, Any] = {}
        loop = asyncio.get_running_loop()
        self._fatal: IngestError | None = None
        self._news = News(logger, loop, self._of_breaker)
        self._manager = manager
        self._manager.on_throttle(self._news.of_throttle)
        self._ledger = self._make_resource("catalog", StoreUnavailable)
        self._disk = self._make_resource("disk", StorageError)
        self._status = StatusLine(self._notifier, self._manager, self._store, (self._ledger, self._disk))
        self._housekeeping = Housekeeping(
            (self._spool, self._disk),
            (self._store, self._ledger),
            logger,
            in_flight=lambda sha256: self._pipeline.holds(sha256),  # noqa: PLW0108 (made after it)
        )
        self._pipeline = self._make_pipeline()
        self._chores: list[asyncio.Task[None]] = []
        self._watcher: Watcher | None = None
        self._control: ControlServer | None = None

    # -- the story ---------------------------------------------------------------------------------

    async def serve(self) -> int:
        """The daemon."""
        await self._until_stopped(self._start(once=False))
        if self._state == "running":
            self._notifier.ready()
            await self._loop()
        await self._drain()
        return 0

    async def once(self) -> int:
        """One pass over the inboxes: 0 when all is done, 1 when something was quarantined."""
        missing = [str(inbox.path) for inbox in self.settings.inbox if not inbox.path.is_dir()]
        if missing:
            raise ConfigError(
                f"no such inbox: {', '.join(missing)}", hint="Make the directory, or name another one."
            )
        await self._until_stopped(self._start(once=True))
        with ProgressTracker(description="ingesting", unit=" documents") as progress:
            self._pipeline.on_end = progress.update
            if self._state == "running":
                await self._until_stopped(self._pipeline.run_dry())
        await self._drain()
        return 1 if self._pipeline.worker.tally.quarantined else 0

    # -- start -------------------------------------------------------------------------------------

    async def _start(self, *, once: bool) -> None:
        self._log.info("daemon.starting", version=VERSION, state_dir=str(self.settings.state_dir))
        warm = self._begin(self._warm_workers())
        self._begin(self._status.run())
        patience = self._begin(self._ask_for_patience(self._in_trouble))
        await self._ledger.insist(self._store.void_claims, self._pipeline.run, time.time())
        await self._housekeeping.repair()
        watcher = self._watcher = self._make_watcher(once)
        await watcher.start()
        self._control = await self._open_desk()
        self._begin(self._housekeeping.run())
        self._pipeline.start(watcher)  # files are copied and counted in while the first worker gets ready
        if not once:
            load_the_rest()
        await warm
        patience.cancel()
        self._state = "running"
        gc.freeze()  # what is there stays: no need to look through it again
        self._log.info(
            "daemon.ready",
            inboxes=[str(inbox.path) for inbox in self.settings.inbox],
            cpu_workers=self._manager.config.cpu_workers,
            sandbox=self._sandbox,
        )

    async def _warm_workers(self) -> None:
        self._sandbox = await self._manager.run_cpu(worker.report)
        if self._sandbox["missing"]:
            self._log.warning(
                "log.message", message="the workers' sandbox is not whole", sandbox=self._sandbox
            )

    def _begin(self, chore: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(chore)
        self._chores.append(task)
        return task

    async def _open_desk(self) -> ControlServer:
        outlook = Outlook(
            state=lambda: self._state,
            settings=lambda: self.settings,
            inboxes=lambda: self._watcher.inboxes() if self._watcher else [],  # a reload brings another
            sandbox=lambda: self._sandbox,
        )
        state = (self._store, self._ledger, self._disk)
        desk = Desk(outlook, self._manager, state, self._housekeeping, self._pipeline.wake)
        server = ControlServer(self.settings.control_dir, desk.answer)
        await server.start()
        return server

    def _make_pipeline(self) -> Pipeline:
        parts = Parts(
            settings=self.settings,
            manager=self._manager,
            spool=self._spool,
            disk=self._disk,
            store=self._store,
            ledger=self._ledger,
            log=self._log,
            run=f"{int(time.time())}-{secrets.token_hex(4)}",
        )
        return Pipeline(parts, self._status.changed, self._housekeeping.ask, self._past_help)

    def _make_watcher(self, once: bool) -> Watcher:
        return make_watcher(self.settings, self._manager, self._store, self._news, once=once)

    def _make_resource(self, name: str, failure: type[Exception]) -> Resource:
        return make_resource(
            name, failure, self.settings, self._manager, self._news, on_beyond_repair=self._past_help
        )

    def _of_breaker(self, state: BreakerState) -> None:
        self._status.changed()
        if state is BreakerState.CLOSED:
            self._housekeeping.ask()

    def _past_help(self, error: IngestError) -> None:
        """Nothing more can be done in this run: end it in order, and say why at the very end."""
        if self._fatal is None:
            self._fatal = error
            self._log.error("log.message", message="the daemon cannot go on", error=error.to_dict())
            self._signals.stop.set()

    # -- loop --------------------------------------------------------------------------------------

    async def _loop(self) -> None:
        interval = self._notifier.watchdog_interval
        while not self._signals.stop.is_set():
            if not self._pipeline.stalled():
                self._notifier.ping()
            await first_of([self._signals.stop.wait(), self._signals.reload.wait()], interval)
            if self._signals.reload.is_set():
                self._signals.reload.clear()
                await self._until_stopped(self._take_new_settings())

    async def _until_stopped(self, work: Coroutine[Any, Any, None]) -> None:
        await first_of([self._signals.stop.wait(), work], None)

    async def _take_new_settings(self) -> None:
        self._notifier.reloading()
        try:
            settings = self._reload()
        except ConfigError as error:
            self._log.error("config.reloaded", ok=False, error=error.to_dict())
        else:
            await self._apply(settings)
        self._notifier.ready()

    async def _apply(self, settings: Settings) -> None:
        later = [name for name in _AT_START if getattr(settings, name) != getattr(self.settings, name)]
        kept = {name: getattr(self.settings, name) for name in _AT_START}
        old, self.settings = self.settings, settings.model_copy(update=kept)
        self._pipeline.worker.settings = self.settings
        if (old.inbox, old.watch) != (self.settings.inbox, self.settings.watch):
            await self._pipeline.stop_intake(self.settings.drain_timeout)
            await self._close_watcher()
            self._watcher = watcher = self._make_watcher(once=False)
            await watcher.start()
            self._pipeline.watch(watcher)
        self._log.info("config.reloaded", ok=True, takes_a_restart=later)

    # -- drain -------------------------------------------------------------------------------------

    async def _drain(self) -> None:
        self._state = "draining"
        self._notifier.stopping()
        timeout = self.settings.drain_timeout
        self._log.info("daemon.draining", in_flight=len(self._pipeline.in_flight), timeout=timeout)
        patience = asyncio.create_task(self._ask_for_patience(lambda: True))
        until = time.monotonic() + timeout
        # No new documents: what is not claimed stays in the ledger.
        await self._by(until, self._pipeline.stop_claiming(timeout))
        # No new files: what is not accepted stays in the inbox.
        await self._by(until, self._pipeline.stop_intake(until - MOMENT - time.monotonic()))
        await self._by(until, self._close_watcher())
        # What is in flight gets its time, unless a second signal says otherwise; the rest is given back.
        await self._by(until, self._pipeline.settle())
        # Whatever is stuck below, the end comes in time: each step leaves some of it to the next.
        end = max(until, time.monotonic()) + ENDING
        await self._by(end - ENDING / 2, self._pipeline.abandon())
        for chore in self._chores:
            chore.cancel()
        if self._control is not None:
            await self._control.stop()
        # Nobody waits for a write any more, and workers still busy work on documents that were just given back:
        # the journal is folded into the catalog while their memory is taken down.
        workers = self._manager.shutdown_async(timeout=0, cancel_pending=True)
        await self._by(end, together(workers, in_thread(self._store.close)))
        patience.cancel()
        tally = self._pipeline.worker.tally
        self._log.info(
            "daemon.stopped",
            left=[claim.sha256 for claim in self._pipeline.left],
            done=tally.done,
            retrying=tally.retrying,
            quarantined=tally.quarantined,
        )
        if self._fatal is not None:
            raise self._fatal

    async def _by(self, until: float, step: Coroutine[Any, Any, Any]) -> None:
        await by(until, step, self._signals.hurry, self._log)

    async def _close_watcher(self) -> None:
        if self._watcher is not None:
            await self._watcher.aclose()

    def _in_trouble(self) -> bool:
        return bool(self._ledger.trouble or self._disk.trouble)

    async def _ask_for_patience(self, needed: Callable[[], bool]) -> None:
        while True:
            if needed():
                self._notifier.extend_timeout(PATIENCE)
            await asyncio.sleep(PATIENCE / 2)


_AT_START = ("state_dir", "runtime_dir", "executors", "throttle", "breaker", "retry", "log")
"""Settings that take effect at a start only."""
