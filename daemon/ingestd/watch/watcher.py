"""All inboxes as one stream of batches."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from time import monotonic
from typing import NamedTuple, Self

from ingestd.config import Inbox, Watch
from ingestd.model import Priority, Settled
from ingestd.watch.inbox import InboxWatch
from ingestd.watch.inspector import Known
from ingestd.watch.notices import Report

RunIo = Callable[[Callable[[], list[Settled]]], Awaitable[list[Settled]]]
"""Runs a blocking call in a thread."""

GRACE = 1.0
"""Seconds that a step may take to end when the watcher is closed."""
_ORDER = {Priority.HIGH: 0, Priority.NORMAL: 1, Priority.LOW: 2}


class InboxState(NamedTuple):
    """How it stands with one inbox."""

    path: str
    mode: str
    """``events``, ``poll`` or ``mixed``."""
    lost: str
    """Why it cannot be watched now, in a word; empty while it is watched."""


class Watcher:
    """An asynchronous iterator over batches of settled files, at most 256 each, those of high priority first.

    The inboxes themselves are the queue: what is not asked for stays there and takes no memory here. Each
    inbox runs for itself, so that one on a disk that hangs holds up no other.

    Every file handed out must be given back by ``done`` (in the event loop's thread), after its ledger row is
    committed and its source disposed of: until then it is not handed out again, and from then on it is, if it
    is there and ``known`` does not know it.

    With ``once``, iteration ends when the inboxes hold nothing more to take and all was given back. Then only
    the end is waited for, and the largest files of a batch come first: no long one is left alone at the end.
    """

    def __init__(
        self,
        inboxes: Sequence[Inbox],
        settings: Watch,
        *,
        known: Known,
        report: Report,
        run_io: RunIo = asyncio.to_thread,
        once: bool = False,
    ) -> None:
        self._run_io = run_io
        self._once = once
        self._watches = {
            str(inbox.path): InboxWatch(inbox, settings, known=known, report=report, once=once)
            for inbox in inboxes
        }
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._wakes: dict[str, asyncio.Event] = {}
        self._outbox: dict[str, list[Settled]] = {}
        self._news = asyncio.Event()

    async def start(self) -> None:
        """Watch every inbox that is there; returns when it is so. What is in them is met by iterating."""
        loop = asyncio.get_running_loop()
        for name, watch in self._watches.items():
            self._wakes[name] = asyncio.Event()
            watch.hints.wake = self._waker(loop, name)
        await self._each(InboxWatch.check)
        for name in self._watches:
            task = asyncio.create_task(self._run(name), name=f"watch {name}")
            task.add_done_callback(lambda _: self._news.set())
            self._tasks[name] = task

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> list[Settled]:
        """The next batch. Raises what ended the watching of an inbox."""
        while not self._outbox:
            running = [task for task in self._tasks.values() if not task.done()]
            for task in self._tasks.values():
                if task.done() and not task.cancelled() and (error := task.exception()):
                    raise error
            if not running:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        name = min(self._outbox, key=lambda n: _ORDER[self._watches[n].inbox.priority])
        batch = self._outbox.pop(name)
        self._wakes[name].set()
        return batch

    def done(self, settled: Settled, *, again_in: float | None = None) -> None:
        """A file is dealt with. ``again_in``: it is not, look at it again after so many seconds."""
        self._watches[settled.inbox].release(settled, again_in)
        self._wakes[settled.inbox].set()

    def rescan(self) -> None:
        """Scan all inboxes now."""
        for name, watch in self._watches.items():
            watch.scan()
            self._wakes[name].set()

    def inboxes(self) -> list[InboxState]:
        """How it stands with each inbox."""
        return [InboxState(name, str(watch.mode), watch.lost) for name, watch in self._watches.items()]

    async def aclose(self) -> None:
        """Hand out nothing more and end all threads and watches."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self._each(InboxWatch.stop)

    async def _each(self, step: Callable[[InboxWatch], None]) -> None:
        steps = [partial(watch.run, partial(step, watch)) for watch in self._watches.values()]
        await asyncio.gather(*map(self._run_io, steps))

    async def _run(self, name: str) -> None:
        watch, wake = self._watches[name], self._wakes[name]
        while not watch.finished():
            wake.clear()
            step = watch.next_step()
            if step is None:
                await _wait(wake, watch.next_due())
                continue
            batch = await self._whole(partial(watch.run, step))
            if self._once:
                batch.sort(key=lambda settled: -settled.identity.size)
            if batch:
                await self._offer(name, batch)

    async def _whole(self, step: Callable[[], list[Settled]]) -> list[Settled]:
        """Run a step; cancelled meanwhile, wait for its end, unless a disk holds it up."""
        running = asyncio.ensure_future(self._run_io(step))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running], timeout=GRACE)
            raise

    async def _offer(self, name: str, batch: list[Settled]) -> None:
        self._outbox[name] = batch
        self._news.set()
        while name in self._outbox:
            self._wakes[name].clear()
            await self._wakes[name].wait()

    def _waker(self, loop: asyncio.AbstractEventLoop, name: str) -> Callable[[bool], None]:
        def hinted(urgent: bool) -> None:
            self._watches[name].hinted(urgent)
            self._wakes[name].set()

        def wake(urgent: bool) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to be woken
                loop.call_soon_threadsafe(hinted, urgent)

        return wake


async def _wait(event: asyncio.Event, until: float) -> None:
    # Not wait_for, which on Python 3.11 can swallow a cancellation.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(None if until == math.inf else max(0.0, until - monotonic())):
            await event.wait()
