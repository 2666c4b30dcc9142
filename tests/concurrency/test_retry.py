"""Trying again: only what a rule names, never past a cancellation, with jitter that spreads."""

from __future__ import annotations

import asyncio
import errno
import random
import threading
import time

import pytest

from ingestd.concurrency import Rule, acall_with_retry, backoff_delay, call_with_retry, is_crash, is_transient
from ingestd.errors import PDFParseError, StoreUnavailable, WorkerCrashed, WorkerTimeout

QUICK = (Rule(is_transient, first_delay=0.001), Rule(is_crash, attempts=2, first_delay=0.0))


class Flaky:
    """Raises the errors given, one a call, then returns the number of calls."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> int:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return self.calls

    async def awaited(self) -> int:
        return self()


@pytest.mark.parametrize("awaited", [False, True])
def test_transient_errors_are_tried_again(awaited: bool) -> None:
    """Two failures that pass, then the result; every wait is told."""
    flaky, told = Flaky(OSError(errno.ENOSPC, "full"), StoreUnavailable("locked")), []

    def tell(attempt: int, error: BaseException, delay: float) -> None:
        told.append((attempt, type(error), 0 <= delay <= 0.002))

    if awaited:
        assert asyncio.run(acall_with_retry(flaky.awaited, rules=QUICK, on_retry=tell)) == 3
    else:
        assert call_with_retry(flaky, rules=QUICK, on_retry=tell) == 3
    assert told == [(1, OSError, True), (2, StoreUnavailable, True)]


@pytest.mark.parametrize(
    ("error", "calls"),
    [
        (OSError(errno.EIO, "bad sector"), 3),
        (ConnectionResetError(), 3),
        (WorkerCrashed("segv"), 2),
        (WorkerTimeout("too long"), 1),
        (OSError(errno.ENOENT, "gone"), 1),
        (PDFParseError("garbage"), 1),
        (KeyboardInterrupt(), 1),
    ],
)
def test_attempts_go_by_the_class_of_the_error(error: BaseException, calls: int) -> None:
    """Each class has its own number of attempts; the last error itself comes out."""
    flaky = Flaky(*[error] * 10)
    with pytest.raises(type(error)) as caught:
        call_with_retry(flaky, rules=QUICK)
    assert caught.value is error
    assert flaky.calls == calls


def test_cancellation_is_never_retried() -> None:
    """Cancelling the awaiting task ends it, in the call and in the wait."""

    async def cancelled(rules: tuple[Rule, ...]) -> int:
        flaky = Flaky(*[OSError(errno.EIO, "bad")] * 10)
        task = asyncio.create_task(acall_with_retry(flaky.awaited, rules=rules))
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return flaky.calls

    assert asyncio.run(cancelled((Rule(is_transient, first_delay=1e9, max_delay=1e9),))) == 1
    everything = (Rule(lambda error: isinstance(error, Exception), first_delay=1e9, max_delay=1e9),)
    flaky = Flaky(asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(acall_with_retry(flaky.awaited, rules=everything))
    assert flaky.calls == 1


def test_stop_ends_a_wait_at_once() -> None:
    """A drain does not wait for a backoff, and the last error comes out."""
    stop = threading.Event()
    flaky = Flaky(*[OSError(errno.EIO, "bad")] * 10)
    threading.Timer(0.05, stop.set).start()
    began = time.monotonic()
    with pytest.raises(OSError, match="bad"):
        call_with_retry(flaky, rules=(Rule(is_transient, first_delay=1e6, max_delay=1e6),), stop=stop)
    assert time.monotonic() - began < 5
    assert flaky.calls <= 2


def test_backoff_has_full_jitter_under_a_doubling_ceiling() -> None:
    """Delays spread over 0 to first * 2 ** (attempt - 1), at most maximum, for any attempt."""
    rng = random.Random(4)
    for attempt, ceiling in [(1, 2.0), (2, 4.0), (5, 32.0), (12, 600.0), (10_000, 600.0)]:
        delays = [backoff_delay(attempt, 2.0, 600.0, rng) for _ in range(400)]
        assert 0 <= min(delays) < ceiling * 0.1
        assert ceiling * 0.9 < max(delays) <= ceiling
        assert ceiling * 0.4 < sum(delays) / len(delays) < ceiling * 0.6
