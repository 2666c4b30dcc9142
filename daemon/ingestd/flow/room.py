"""Room in memory for documents of several ranges: what is read of them is held until all of it is stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

BYTES_PER_PAGE = 64 * 1024
"""What the daemon's process holds of one page, layout to chunks; measured 20 to 45 KiB on pages full of text."""


class Room:
    """Admits long documents while they fit ``size`` bytes together; one that alone does not fit goes alone."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._taken = 0
        self._change = asyncio.Condition()

    @asynccontextmanager
    async def of(self, pages: int) -> AsyncIterator[None]:
        """Waits for the room that so many pages take, and holds it."""
        need = min(pages * BYTES_PER_PAGE, self._size)
        async with self._change:
            await self._change.wait_for(lambda: self._taken + need <= self._size)
            self._taken += need
        try:
            yield
        finally:
            async with self._change:
                self._taken -= need
                self._change.notify_all()
