"""One resource that can fail for a while (the catalog, the disk), behind retry and a breaker.

Every blocking call on it runs in the io executor. ``call`` gives up after a few tries; ``insist`` waits
out an outage and returns only with the result, so that finished work is never thrown away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, ParamSpec, TypeVar

from ingestd.concurrency import (
    BreakerState,
    CircuitBreaker,
    ConcurrencyManager,
    Rule,
    acall_with_retry,
    is_transient,
)
from ingestd.errors import CircuitOpenError, ShutdownError, TransientError
from ingestd.model import Priority

P = ParamSpec("P")
T = TypeVar("T")

FIRST_DELAY, MAX_DELAY = 0.05, 1.0
"""Seconds between two tries of one call: long enough for a hiccup, short beside a document."""


class Resource:
    """Calls on one resource, through one breaker."""

    def __init__(self, manager: ConcurrencyManager, breaker: CircuitBreaker, tries: int) -> None:
        self._manager = manager
        self._breaker = breaker
        self._rules = (Rule(_worth_a_try, tries, FIRST_DELAY, MAX_DELAY),)

    @property
    def available(self) -> bool:
        """False while its breaker is open."""
        return self._breaker.state is not BreakerState.OPEN

    async def call(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of ``fn``; transient failures are tried again at once, with full jitter."""
        return await acall_with_retry(partial(self._once, fn, *args, **kwargs), rules=self._rules)

    async def insist(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of ``fn``, however long the resource is away. Ends early only by cancellation."""
        while True:
            try:
                return await self.call(fn, *args, **kwargs)
            except TransientError as error:
                await asyncio.sleep(self._patience(error))

    async def _once(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        run = self._manager.run_io
        return await self._breaker.call(run, fn, *args, priority=Priority.HIGH, **kwargs)

    def _patience(self, error: TransientError) -> float:
        # An open breaker says when it may be tried; a probe under way is over in a moment.
        return max(0.1, self._breaker.retry_after) if isinstance(error, CircuitOpenError) else MAX_DELAY


def _worth_a_try(error: BaseException) -> bool:
    return is_transient(error) and not isinstance(error, CircuitOpenError | ShutdownError)
