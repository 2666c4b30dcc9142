"""What the parts report on their own account, as log events and as systemd's STATUS line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from ingestd.concurrency import BreakerState, CircuitBreaker, ConcurrencyManager, ThrottleChange
from ingestd.errors import TransientError
from ingestd.flow.resource import Resource
from ingestd.log import Logger
from ingestd.notify import Notifier
from ingestd.store import Store

STATUS_EVERY = 1.0
"""Seconds between two STATUS lines, at most; none at all while nothing changes."""

_BREAKER_EVENTS = {
    BreakerState.OPEN: "breaker.opened",
    BreakerState.HALF_OPEN: "breaker.half_open",
    BreakerState.CLOSED: "breaker.closed",
}
_WORRYING = {"inbox.lost", "inbox.ignored"}


class News:
    """Listeners for every part that has something to tell. They may be called from any thread."""

    def __init__(self, log: Logger, loop: asyncio.AbstractEventLoop, on_recovery: Callable[[], None]) -> None:
        """``on_recovery`` is called in ``loop`` when a resource is back."""
        self._log = log
        self._loop = loop
        self._on_recovery = on_recovery

    def of_inbox(self, event: str, fields: Mapping[str, Any]) -> None:
        """The watcher's reports."""
        speak = self._log.warning if event in _WORRYING else self._log.info
        speak(event, **fields)

    def of_breaker(self, breaker: CircuitBreaker, _: BreakerState, new: BreakerState) -> None:
        """A breaker changed its state."""
        speak = self._log.error if new is BreakerState.OPEN else self._log.info
        speak(_BREAKER_EVENTS[new], breaker=breaker.name, retry_after=round(breaker.retry_after, 3))
        if new is BreakerState.CLOSED:
            self._loop.call_soon_threadsafe(self._on_recovery)

    def of_throttle(self, change: ThrottleChange) -> None:
        """The throttle factor changed."""
        self._log.info("throttle.changed", old=change.old, factor=change.factor, reason=change.reason)


class StatusLine:
    """Keeps systemd's STATUS true while things change, and is silent while they do not."""

    def __init__(
        self, notifier: Notifier, manager: ConcurrencyManager, ledger: tuple[Store, Resource]
    ) -> None:
        self._notifier = notifier
        self._manager = manager
        self._store, self._ledger = ledger
        self._changed = asyncio.Event()

    def changed(self) -> None:
        """Something moved; called in the event loop."""
        self._changed.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            self._notifier.status(await self.text())
            await asyncio.sleep(STATUS_EVERY)

    async def text(self) -> str:
        """Counts, then whatever is not as it should be."""
        troubles = []
        stats = self._manager.get_stats()
        for name, breaker in stats["breakers"].items():
            if breaker["state"] != BreakerState.CLOSED:
                troubles.append(f"{name} unavailable, waiting for it")
        if stats["throttle_factor"] < 1.0:
            troubles.append(f"throttled to {stats['throttle_factor']:.0%}: {stats['throttle']['reason']}")
        try:
            counts = await self._ledger.call(self._store.counts)
        except TransientError:
            return "; ".join(troubles) or "catalog unavailable"
        waiting = counts.spooled + counts.retrying
        line = f"{counts.processing} in work, {waiting} waiting, {counts.done} done"
        line += f", {counts.quarantined} quarantined"
        return "; ".join([line, *troubles])
