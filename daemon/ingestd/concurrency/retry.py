"""Trying again, by the class of the error.

A ``Rule`` says which errors, how often and how far apart; ``DEFAULT_RULES`` are the daemon's. Waits are
exponential with full jitter, so that many calls that failed together do not come back together. Only
errors that a rule names are tried again: a cancellation or a fault of the caller never is.
"""

from __future__ import annotations

import errno
import logging
import random
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import tenacity

from ingestd.errors import TransientError, WorkerCrashed

logger = logging.getLogger("ingestd.concurrency")

T = TypeVar("T")

TRANSIENT_ERRNOS = frozenset({
    errno.EIO, errno.ESTALE, errno.ENOSPC, errno.EDQUOT, errno.EAGAIN, errno.EMFILE, errno.ENFILE,
    errno.ENOMEM, errno.ENOBUFS, errno.EBUSY, errno.EINTR, errno.ETIMEDOUT, errno.EHOSTUNREACH,
    errno.ENETUNREACH, errno.ENETDOWN,
})  # fmt: skip
"""Numbers of ``OSError`` that can be gone the next time."""


def is_transient(error: BaseException) -> bool:
    """Did the machinery fail in a way that passes?"""
    if isinstance(error, TransientError | ConnectionError):
        return True
    return isinstance(error, OSError) and error.errno in TRANSIENT_ERRNOS


def is_crash(error: BaseException) -> bool:
    """Did a worker process end by itself? (Not: killed for its time, memory or processor use.)"""
    return isinstance(error, WorkerCrashed)


class Rule(NamedTuple):
    """Errors for which ``applies`` is true are tried ``attempts`` times in all.

    Before try ``n + 1``: a random wait of up to ``first_delay * 2 ** (n - 1)`` seconds (``max_delay``).
    """

    applies: Callable[[BaseException], bool]
    attempts: int = 3
    first_delay: float = 0.5
    max_delay: float = 30.0


DEFAULT_RULES = (Rule(is_transient), Rule(is_crash, attempts=2, first_delay=0.0))

OnRetry = Callable[[int, BaseException, float], None]
"""Called with (attempts so far, the error, seconds until the next)."""


def call_with_retry(
    fn: Callable[..., T],
    *args: Any,
    rules: Sequence[Rule] = DEFAULT_RULES,
    stop: threading.Event | None = None,
    on_retry: OnRetry | None = None,
    **kwargs: Any,
) -> T:
    """The result of ``fn(*args, **kwargs)``, tried again by ``rules``; at the end the last error itself.

    Setting ``stop`` ends a wait at once, and with it the trying.
    """
    event = stop or threading.Event()
    retrying = tenacity.Retrying(
        **_policy(rules, on_retry, event.is_set),
        sleep=tenacity.sleep_using_event(event),
    )
    return retrying(fn, *args, **kwargs)


async def acall_with_retry(
    fn: Callable[..., Awaitable[T]],
    *args: Any,
    rules: Sequence[Rule] = DEFAULT_RULES,
    on_retry: OnRetry | None = None,
    **kwargs: Any,
) -> T:
    """``call_with_retry`` for an awaitable; cancelling the awaiting task ends call and waits."""
    try:
        return await fn(*args, **kwargs)  # nearly always enough, and tenacity costs more than most calls
    except Exception as error:  # noqa: BLE001 (raised again there, where the rules are asked)
        failures = [error]

    async def again() -> T:
        if failures:
            raise failures.pop()
        return await fn(*args, **kwargs)

    retrying = tenacity.AsyncRetrying(**_policy(rules, on_retry, lambda: False))
    result: T = await retrying(again)
    return result


def backoff_delay(attempt: int, first: float, maximum: float, rng: random.Random | None = None) -> float:
    """Seconds to wait after failed attempt number ``attempt`` (from 1): a random share of
    ``first * 2 ** (attempt - 1)``, of ``maximum`` at most."""
    uniform = rng.uniform if rng else random.uniform
    return uniform(0.0, _ceiling(attempt, first, maximum))


def _ceiling(attempt: int, first: float, maximum: float) -> float:
    return min(maximum, first * 2.0 ** min(attempt - 1, 64))


def _policy(rules: Sequence[Rule], on_retry: OnRetry | None, stopped: Callable[[], bool]) -> dict[str, Any]:
    # Built per call: sharing one between threads can raise KeyError in place of the real error.
    def rule_of(state: tenacity.RetryCallState) -> Rule | None:
        error = state.outcome.exception() if state.outcome else None
        return next((r for r in rules if r.applies(error)), None) if error else None

    def spent(state: tenacity.RetryCallState) -> bool:
        rule = rule_of(state)
        return rule is None or state.attempt_number >= rule.attempts

    def wait(state: tenacity.RetryCallState) -> float:
        rule = rule_of(state)
        return backoff_delay(state.attempt_number, rule.first_delay, rule.max_delay) if rule else 0.0

    def tell(state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        delay = state.next_action.sleep if state.next_action else 0.0
        logger.debug("attempt %d failed, next in %.3f s: %r", state.attempt_number, delay, error)
        if on_retry is not None and error is not None:
            on_retry(state.attempt_number, error, delay)

    return {
        "retry": lambda state: rule_of(state) is not None,
        "stop": lambda state: stopped() or spent(state),
        "wait": wait,
        "before_sleep": tell,
        "reraise": True,
    }
