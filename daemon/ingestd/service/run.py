"""One run of the daemon, as a process: its memory, its log, its signals, the lock on its state."""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import sys

from ingestd import log
from ingestd.concurrency import ConcurrencyManager
from ingestd.config import Settings
from ingestd.control import StateLock
from ingestd.service.life import Reload, Service
from ingestd.service.signals import Signals
from ingestd.service.state import make_state_dir, open_state

GARBAGE = 10_000
"""Objects more than there were, before cycles among them are looked for: a document has hundreds of parts."""


def run(settings: Settings, reload: Reload, manager: ConcurrencyManager, *, once: bool = False) -> int:
    """Runs the daemon until it is told to stop, or ``once`` over what the inboxes hold; the exit status.

    Raises ``ConfigError`` or ``CatalogError`` when it cannot start.
    """
    gc.freeze()  # what is imported stays: no need to look through it, ever
    gc.set_threshold(GARBAGE, 20, 20)
    gc.enable()
    faulthandler.enable()  # systemd's watchdog ends us by SIGABRT: then all stacks are in the journal
    quiet = once and sys.stdout.isatty()
    logger = log.configure("warning" if quiet else settings.log.level, settings.log.format)
    return asyncio.run(_live(settings, reload, manager, logger, once))


async def _live(
    settings: Settings, reload: Reload, manager: ConcurrencyManager, logger: log.Logger, once: bool
) -> int:
    make_state_dir(settings)
    signals = Signals()
    signals.listen()
    lock = StateLock(settings.state_dir)
    lock.take()
    try:
        state = await open_state(settings, logger, signals)
        if state is None:
            return 0
        service = Service(settings, reload, logger, signals, state, manager=manager)
        return await (service.once() if once else service.serve())
    finally:
        lock.release()
