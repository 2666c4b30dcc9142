"""The desk: what a running daemon answers when ``ingestctl`` asks through the control socket."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, NamedTuple

from ingestd import status
from ingestd.concurrency import ConcurrencyManager
from ingestd.config import Inbox, Settings
from ingestd.errors import IngestError, TaskTimeout, TransientError
from ingestd.flow.housekeeping import Housekeeping
from ingestd.flow.resource import Resource
from ingestd.store import Bytes, Counts, Store
from ingestd.watch import InboxState

PATIENCE = 5.0
"""Seconds that a count for people may take; then the last one is told."""


class Outlook(NamedTuple):
    """What the desk may look at, as it is at the moment of asking."""

    state: Callable[[], str]
    settings: Callable[[], Settings]
    inboxes: Callable[[], list[InboxState]]
    sandbox: Callable[[], dict[str, Any]]


class Desk:
    """Answers ``{"op": "status"}`` and ``{"op": "retry", "docs": [...], "reason": ..., "all": ...}``."""

    def __init__(
        self,
        outlook: Outlook,
        manager: ConcurrencyManager,
        state: tuple[Store, Resource, Resource],
        housekeeping: Housekeeping,
        wake: Callable[[], None],
    ) -> None:
        self._outlook = outlook
        self._manager = manager
        self._store, self._ledger, self._disk = state
        self._counts = Counts()
        self._housekeeping = housekeeping
        self._wake = wake

    async def answer(self, request: dict[str, Any]) -> Any:
        """Raises ``IngestError`` for a request that cannot be met."""
        match request.get("op"):
            case "status":
                return await self._status()
            case "retry":
                return await self._retry(request)
            case other:
                raise IngestError(f"no such request: {other!r}", hint="Is ingestctl newer than the daemon?")

    async def _status(self) -> dict[str, Any]:
        # Past the breaker, and within bounds: what is wrong is to be told above all when all is not well.
        with contextlib.suppress(TransientError, TaskTimeout):
            self._counts = await self._manager.run_io(self._store.counts, timeout=PATIENCE)
        states = {inbox.path: inbox for inbox in self._outlook.inboxes()}
        lines = []
        for inbox in self._outlook.settings().inbox:
            state = states.get(str(inbox.path))
            more = {"mode": state.mode, "lost": state.lost} if state else {}
            lines.append(await self._inbox_line(inbox, more))
        stats = self._manager.get_stats()
        return status.shape(
            self._outlook.state(),
            self._counts.to_dict(),
            lines,
            stats,
            throttle_reason=stats["throttle"]["reason"],
            troubles={r.name: r.trouble.to_dict() for r in (self._ledger, self._disk) if r.trouble},
            sandbox=self._outlook.sandbox(),
        )

    async def _inbox_line(self, inbox: Inbox, more: dict[str, Any]) -> dict[str, Any]:
        try:
            return await self._manager.run_io(status.inbox_line, inbox, self._store, timeout=PATIENCE, **more)
        except (TransientError, TaskTimeout):
            return {"path": str(inbox.path), "waiting": None, **more}

    async def _retry(self, request: dict[str, Any]) -> list[str]:
        retried: list[Bytes]
        if request.get("all") or request.get("reason"):
            retried = await self._ledger.call(self._store.retry_all, request.get("reason"))
        else:
            docs = [await self._ledger.call(self._store.resolve, str(d)) for d in request.get("docs", [])]
            retried = await self._ledger.call(self._store.retry, docs)
        await self._housekeeping.bring_home([b for b in retried if b.home is not b.place])
        self._wake()
        return [document.sha256 for document in retried]
