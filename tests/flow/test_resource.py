"""A resource that fails for a while: who waits, who is told, and for how long."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator

import pytest

from ingestd.concurrency import CircuitBreaker, ConcurrencyConfig, ConcurrencyManager
from ingestd.errors import BytesMissing, CatalogError, IngestError, StorageError
from ingestd.flow.resource import Resource


@pytest.fixture
def manager() -> Iterator[ConcurrencyManager]:
    with ConcurrencyManager(ConcurrencyConfig(enable_auto_throttle=False)) as made:
        yield made


def resource(
    manager: ConcurrencyManager, on_beyond_repair: Callable[[IngestError], None] = lambda error: None
) -> Resource:
    breaker = CircuitBreaker("disk", failure_threshold=2, recovery_timeout=0.2, counts=(StorageError,))
    return Resource(manager, breaker, 2, on_beyond_repair)


def failing(times: int) -> Callable[[], str]:
    """Fails so many times, then works."""
    left = [times]

    def act() -> str:
        left[0] -= 1
        if left[0] >= 0:
            raise StorageError("no space left")
        return "written"

    return act


def test_an_open_breaker_is_waited_for(manager: ConcurrencyManager) -> None:
    """A call that only waits is not refused: an outage is nobody's failure."""

    async def scene() -> None:
        disk = resource(manager)
        with pytest.raises(IngestError):
            await disk.call(failing(9))
        assert disk.trouble is not None
        assert "no space left" == disk.trouble.message
        began = time.monotonic()
        assert "written" == await disk.wait(failing(0))
        assert time.monotonic() - began > 0.1
        assert disk.trouble is None

    asyncio.run(scene())


def test_waiting_does_not_hide_failures_of_its_own(manager: ConcurrencyManager) -> None:
    """What fails once the breaker is closed is raised, so that one bad sector is not waited for for ever."""

    async def scene() -> None:
        with pytest.raises(StorageError):
            await resource(manager).wait(failing(2))

    asyncio.run(scene())


def test_insisting_ends_with_the_result(manager: ConcurrencyManager) -> None:
    """However often it fails, with the breaker open or not."""
    assert "written" == asyncio.run(resource(manager).insist(failing(4)))


def test_damage_is_told_at_once(manager: ConcurrencyManager) -> None:
    """A damaged catalog does not pass: it is raised, and reported to whoever can end the daemon."""
    heard: list[IngestError] = []

    def read() -> None:
        raise CatalogError("the catalog is damaged")

    async def scene() -> None:
        with pytest.raises(CatalogError):
            await resource(manager, heard.append).insist(read)

    asyncio.run(scene())
    assert ["the catalog is damaged"] == [error.message for error in heard]


def test_one_document_without_bytes_opens_no_breaker(manager: ConcurrencyManager) -> None:
    """It is that document's matter."""

    def open_spooled() -> None:
        raise BytesMissing("gone")

    async def scene() -> None:
        disk = resource(manager)
        for _ in range(5):
            with pytest.raises(BytesMissing):
                await disk.wait(open_spooled)
        assert disk.trouble is None

    asyncio.run(scene())
