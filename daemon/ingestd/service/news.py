"""What the parts report on their own account, as log events and as systemd's STATUS line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
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

    def __init__(
        self, log: Logger, loop: asyncio.AbstractEventLoop, on_breaker: Callable[[BreakerState], None]
    ) -> None:
        """``on_breaker`` is called in ``loop`` with the new state of a breaker."""
        self._log = log
        self._loop = loop
        self._on_breaker = on_breaker

    def of_inbox(self, event: str, fields: Mapping[str, Any]) -> None:
        """The watcher's reports."""
        speak = self._log.warning if event in _WORRYING else self._log.info
        speak(event, **fields)

    def of_breaker(self, resource: Resource, breaker: CircuitBreaker, new: BreakerState) -> None:
        """The breaker of a resource changed its state."""
        event = _BREAKER_EVENTS[new]
        if new is BreakerState.OPEN and (trouble := resource.trouble):
            after = round(breaker.retry_after, 3)
            self._log.error(event, breaker=breaker.name, retry_after=after, error=trouble.to_dict())
        else:
            self._log.info(event, breaker=breaker.name)
        self._loop.call_soon_threadsafe(self._on_breaker, new)

    def of_throttle(self, change: ThrottleChange) -> None:
        """The throttle factor changed."""
        self._log.info("throttle.changed", old=change.old, factor=change.factor, reason=change.reason)


class StatusLine:
    """Keeps systemd's STATUS true while things change, and is silent while they do not."""

    def __init__(
        self, notifier: Notifier, manager: ConcurrencyManager, store: Store, resources: Sequence[Resource]
    ) -> None:
        self._notifier = notifier
        self._manager = manager
        self._store = store
        self._resources = resources
        self._changed = asyncio.Event()
        self._changed.set()  # the first line is due at the start

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
        troubles = [f"{r.name} unavailable: {r.trouble.message}" for r in self._resources if r.trouble]
        stats = self._manager.get_stats()
        if stats["throttle_factor"] < 1.0:
            troubles.append(f"throttled to {stats['throttle_factor']:.0%}: {stats['throttle']['reason']}")
        try:
            counts = await self._manager.run_io(self._store.counts)
        except TransientError as error:
            return "; ".join(troubles) or error.message
        waiting = counts.spooled + counts.retrying
        line = f"{counts.processing} in work, {waiting} waiting, {counts.done} done"
        line += f", {counts.quarantined} quarantined"
        return "; ".join([line, *troubles])
