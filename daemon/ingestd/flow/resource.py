"""One resource that can fail for a while (the catalog, the disk), behind retry and a breaker.

Every blocking call on it runs in the io executor. ``call`` gives up after a few tries; ``wait`` outlasts an open
breaker first, so that an outage is nobody's failure; ``insist`` returns only with the result, so that
finished work is never thrown away.
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
from ingestd.errors import CatalogError, CircuitOpenError, IngestError, ShutdownError, TransientError
from ingestd.model import Priority

P = ParamSpec("P")
T = TypeVar("T")

FIRST_DELAY, MAX_DELAY = 0.05, 1.0
"""Seconds between two tries of one call: long enough for a hiccup, short beside a document."""


class Resource:
    """Calls on one resource, through one breaker."""

    def __init__(
        self,
        manager: ConcurrencyManager,
        breaker: CircuitBreaker,
        tries: int,
        on_beyond_repair: Callable[[IngestError], None] = lambda error: None,
    ) -> None:
        """``on_beyond_repair`` hears, in the event loop, of a failure that does not pass (a damaged catalog)."""
        self._manager = manager
        self._breaker = breaker
        self._rules = (Rule(_worth_a_try, tries, FIRST_DELAY, MAX_DELAY),)
        self._on_beyond_repair = on_beyond_repair
        self._last_failure: TransientError | None = None

    @property
    def name(self) -> str:
        """As its breaker is called."""
        return self._breaker.name

    @property
    def trouble(self) -> TransientError | None:
        """Why its breaker is not closed; none while it is."""
        return None if self._breaker.state is BreakerState.CLOSED else self._last_failure

    async def call(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of ``fn``; transient failures are tried again at once, with full jitter."""
        return await acall_with_retry(partial(self._once, fn, *args, **kwargs), rules=self._rules)

    async def wait(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As ``call``, once the breaker lets it through: only failures of ``fn`` itself are raised."""
        while True:
            try:
                return await self.call(fn, *args, **kwargs)
            except CircuitOpenError as error:
                await asyncio.sleep(self._patience(error))

    async def insist(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of ``fn``, however long the resource is away. Ends early only by cancellation."""
        while True:
            try:
                return await self.call(fn, *args, **kwargs)
            except TransientError as error:
                await asyncio.sleep(self._patience(error))

    async def _once(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        return await self._breaker.call(self._watched, fn, *args, **kwargs)

    async def _watched(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        try:
            return await self._manager.run_io(fn, *args, priority=Priority.HIGH, **kwargs)
        except TransientError as error:
            self._last_failure = error
            raise
        except CatalogError as error:
            self._on_beyond_repair(error)
            raise

    def _patience(self, error: TransientError) -> float:
        # An open breaker says when it may be tried; a probe under way is over in a moment.
        return max(0.1, self._breaker.retry_after) if isinstance(error, CircuitOpenError) else MAX_DELAY


def _worth_a_try(error: BaseException) -> bool:
    return is_transient(error) and not isinstance(error, CircuitOpenError | ShutdownError)
