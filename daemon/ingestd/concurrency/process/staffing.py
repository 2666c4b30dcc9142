"""Where workers come from: the forkserver, what it tells, and its replacement."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, MutableMapping
from typing import NamedTuple

from ingestd.concurrency.process.forkserver import Word
from ingestd.concurrency.process.reader import Reader
from ingestd.concurrency.process.slot import Slot
from ingestd.concurrency.process.spawning import Forkserver, Message, Recipe, standing
from ingestd.errors import WorkerStartError

log = logging.getLogger("ingestd.concurrency")

_GUARD_HINT = "Guard the script's own work by `if __name__ == '__main__':`."


class Events(NamedTuple):
    """What the pool does when something is heard of a worker; all in the reader's thread."""

    on_packet: Callable[[Slot], object]
    on_end: Callable[[Slot, int | None], None]
    on_no_start: Callable[[WorkerStartError], None]


class Staffing:
    """Hires under the pool's lock; listens in the reader's thread."""

    def __init__(
        self, recipe: Recipe, slots: MutableMapping[int, Slot], events: Events, lock: threading.Lock
    ) -> None:
        self.recipe = recipe
        self.server: Forkserver | None = None
        self.false_starts = 0
        """Starts that failed since the last task that was done."""
        self._slots = slots
        self._events = events
        self._lock = lock
        self._hired = 0

    def hire(self, reader: Reader) -> Slot:
        """A new worker among the slots; tasks can be sent to it at once. Raises ``OSError`` if there is none."""
        if self.server is None:
            self.server = Forkserver(self.recipe)
            reader.watch(self.server.channel.fileno(), self._on_message, self.server, reader)
        self._hired += 1
        slot = Slot(self._hired, self.server)
        reader.watch(slot.near.fileno(), self._events.on_packet, slot)
        # Before the forkserver is asked: its answer may be heard before this thread goes on.
        self._slots[slot.number] = slot
        try:
            self.server.fork(slot.number, slot.for_worker)
        except OSError:
            del self._slots[slot.number]
            reader.forget(slot.near.fileno())
            slot.close()
            raise
        slot.handed_over()
        return slot

    def close(self) -> None:
        """No more workers are needed: the forkserver ends."""
        if self.server is not None:
            self.server.close()
        self.recipe.close()

    def abandon(self) -> None:
        """Let go of the forkserver (in a forked copy of the process)."""
        if self.server is not None:
            self.server.abandon()
            self.server = None

    def _on_message(self, server: Forkserver, reader: Reader) -> None:
        try:
            message = server.receive()
        except EOFError:
            self._on_lost(server, reader)
            return
        if message is None:
            return
        if message.word is Word.STANDING:
            self._on_standing(server, message)
        elif message.word is Word.FORKED:
            self._on_forked(message)
        elif (slot := self._slots.get(message.slot)) is not None:
            self._events.on_end(slot, message.value)

    def _on_standing(self, server: Forkserver, message: Message) -> None:
        server.standing = True
        state = standing(message)
        for problem in state.problems:
            log.warning("a module cannot be preloaded for the workers: %s", problem)
        if state.main_error:
            reason = f"the main module cannot be imported in a worker: {state.main_error}"
            self._events.on_no_start(WorkerStartError(reason, hint=_GUARD_HINT))

    def _on_forked(self, message: Message) -> None:
        slot = self._slots.get(message.slot)
        if slot is not None:
            slot.pid, slot.process = message.value, message.process
        elif message.process is not None:
            os.close(message.process)

    def _on_lost(self, server: Forkserver, reader: Reader) -> None:
        """The forkserver is gone. Its workers live on; their ends are now seen through their processes."""
        with self._lock:
            self.server = None
            self.false_starts += not server.standing
            staff = [slot for slot in self._slots.values() if slot.server is server]
        reader.forget(server.channel.fileno())
        server.close()
        for slot in staff:
            if slot.process is None:
                self._events.on_end(slot, None)
            else:
                reader.watch(slot.process, self._events.on_end, slot, None)
