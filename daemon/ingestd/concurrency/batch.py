"""What runs a batch of a ``ChunkProcessor``, in a thread or a worker process; small, to import fast."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ingestd.concurrency.turns import Turns

Ended = tuple[list[Any], float]
"""(results in order, seconds it took)."""


def run_batch(fn: Callable[[Any], Any], items: Sequence[Any], keep_errors: bool) -> Ended:
    """``fn`` of each item. An error of ``fn`` ends the batch, or with ``keep_errors`` is a result."""
    began = time.monotonic()
    results = [_call(fn, item, keep_errors) for item in items]
    return results, time.monotonic() - began


def run_batch_in_turns(
    fn: Callable[[Any], Any], items: Sequence[Any], keep_errors: bool, turns: Turns
) -> Ended:
    """``run_batch`` in a thread, which shares the interpreter with an event loop."""
    began = time.monotonic()
    results = []
    turn = turns.begin()
    try:
        for item in items:
            if turn.over():
                turns.end(turn)
                turn = turns.begin()
            results.append(_call(fn, item, keep_errors))
    finally:
        turns.end(turn)
    return results, time.monotonic() - began


def _call(fn: Callable[[Any], Any], item: Any, keep_errors: bool) -> Any:
    try:
        return fn(item)
    except Exception as error:
        if not keep_errors:
            raise
        return error
