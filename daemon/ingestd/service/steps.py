"""Steps with a time limit, of which starting and draining are made."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

from ingestd.errors import known
from ingestd.log import Logger

MOMENT = 0.05
"""Seconds that each step of the drain gets even then."""
GRACE = 0.2
"""Seconds that a step gets when somebody is in a hurry."""


async def by(until: float, step: Coroutine[Any, Any, Any], hurried: asyncio.Event, log: Logger) -> None:
    """Does a step; cut short at the monotonic time ``until``, or when somebody is in a hurry."""
    task = asyncio.create_task(step)
    hurry = asyncio.create_task(hurried.wait())
    left = max(MOMENT, until - time.monotonic())
    await asyncio.wait([task, hurry], timeout=left, return_when=asyncio.FIRST_COMPLETED)
    if hurry.done() and not task.done():
        await asyncio.wait([task], timeout=min(left, GRACE))
    hurry.cancel()
    if not task.done():
        task.cancel()
    elif not task.cancelled() and (error := task.exception()) is not None:
        log.warning("log.message", message=f"a step of the drain failed: {known(error).message}")


async def first_of(steps: list[Coroutine[Any, Any, Any]], timeout: float | None) -> None:
    """Waits for the first of them, or ``timeout`` seconds; the others are cancelled. Raises what it raised."""
    tasks = [asyncio.create_task(step) for step in steps]
    done, waiting = await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    for task in done:
        task.result()


async def together(*steps: Coroutine[Any, Any, Any]) -> None:
    """Does them at once, all to their end. Raises the first error then."""
    for result in await asyncio.gather(*steps, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result


async def in_thread(fn: Callable[[], None]) -> None:
    """``fn`` in a thread that holds up no exit: the loop's own threads would be waited for."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def run() -> None:
        with contextlib.suppress(Exception):
            fn()
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(done.set)

    threading.Thread(target=run, daemon=True, name="ingestd-close").start()
    await done.wait()
