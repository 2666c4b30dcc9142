"""What signals have said: a handler only records, the loop acts."""

from __future__ import annotations

import asyncio
import signal


class Signals:
    """What signals have said, for the loop to act on."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.hurry = asyncio.Event()
        self.reload = asyncio.Event()

    def listen(self) -> None:
        """From now on."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._told_to_stop)
        loop.add_signal_handler(signal.SIGHUP, self.reload.set)

    def _told_to_stop(self) -> None:
        (self.hurry if self.stop.is_set() else self.stop).set()
