"""Long documents share a bounded room, and each gets its turn."""

from __future__ import annotations

import asyncio
import random

from ingestd.flow.room import BYTES_PER_PAGE, Room


def test_the_room_is_never_overfilled_and_all_get_in() -> None:
    """A document that alone does not fit goes alone."""
    size = 100
    held: list[int] = []
    most = 0

    async def document(room: Room, pages: int) -> None:
        nonlocal most
        async with room.of(pages):
            held.append(min(pages, size))
            most = max(most, sum(held))
            await asyncio.sleep(0)
            held.remove(min(pages, size))

    async def all_of_them() -> None:
        room = Room(size * BYTES_PER_PAGE)
        rng = random.Random(7)
        sizes = [rng.choice([1, 30, 60, 99, 100, 5000]) for _ in range(200)]
        async with asyncio.timeout(30):
            await asyncio.gather(*(document(room, pages) for pages in sizes))

    asyncio.run(all_of_them())
    assert 60 <= most <= size


def test_a_failure_gives_the_room_back() -> None:
    """Also a cancelled document leaves none behind."""

    async def fail(room: Room) -> None:
        async with room.of(10):
            raise ValueError

    async def then_another() -> None:
        room = Room(10 * BYTES_PER_PAGE)
        await asyncio.gather(fail(room), return_exceptions=True)
        async with asyncio.timeout(5), room.of(10):
            pass

    asyncio.run(then_another())
