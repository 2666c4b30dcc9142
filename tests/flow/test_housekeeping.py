"""Bytes go home, and nobody moves them while somebody else does."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ingestd import log
from ingestd.concurrency import CircuitBreaker, ConcurrencyConfig, ConcurrencyManager
from ingestd.config import Limits
from ingestd.errors import StorageError, StoreUnavailable, WorkerCrashed
from ingestd.flow import housekeeping as module
from ingestd.flow.housekeeping import Housekeeping
from ingestd.flow.resource import Resource
from ingestd.model import FileIdentity, Settled, Spooled
from ingestd.spool import Spool
from ingestd.store import open_store
from tests.eventually import eventually

SHA256 = "a" * 64


def test_bytes_that_somebody_else_moves_are_fetched_when_he_has_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A document put back while it goes into quarantine stays there until that move is over."""
    monkeypatch.setattr(module, "DELAY", 0.01)
    spool, store = Spool(tmp_path, Limits()), open_store(tmp_path)
    source = Settled("/inbox", b"/inbox/a.pdf", FileIdentity(1, 2, 3, 4))
    store.accept([Spooled(SHA256, 5, source)], 1.0)
    (claim,) = store.claim("run", 1, 2.0)
    store.quarantine(claim, WorkerCrashed("signal 11"), 3.0)
    (tmp_path / "quarantine" / f"{SHA256}.pdf").write_bytes(b"%PDF-")
    moving = {SHA256}

    async def scene() -> None:
        with ConcurrencyManager(ConcurrencyConfig(enable_auto_throttle=False)) as manager:
            disk = Resource(manager, CircuitBreaker("disk", counts=(StorageError,)), 1)
            catalog = Resource(manager, CircuitBreaker("catalog", counts=(StoreUnavailable,)), 1)
            logger = log.configure("error", "json")
            keeping = Housekeeping(
                (spool, disk), (store, catalog), logger, in_flight=lambda sha256: sha256 in moving
            )
            await keeping.bring_home(store.retry([SHA256]))
            assert (tmp_path / "quarantine" / f"{SHA256}.pdf").exists()
            assert store.claim("run", 1, 4.0) == []
            moving.clear()
            running = asyncio.create_task(keeping.run())
            await asyncio.to_thread(eventually, lambda: store.misplaced() == [])
            running.cancel()

    asyncio.run(scene())
    assert (tmp_path / "spool" / f"{SHA256}.pdf").exists()
    assert [SHA256] == [claim.sha256 for claim in store.claim("run", 1, 5.0)]
    store.close()
