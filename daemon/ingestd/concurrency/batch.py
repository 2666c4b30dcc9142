"""What runs a batch of a ``ChunkProcessor``, in a thread or a worker process; small, to import fast."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any


def run_batch(fn: Callable[[Any], Any], items: Sequence[Any], keep_errors: bool) -> tuple[list[Any], float]:
    """(results in order, seconds it took). An error of ``fn`` ends it, or is kept as a result."""
    began = time.monotonic()
    results = []
    for item in items:
        try:
            results.append(fn(item))
        except Exception as error:
            if not keep_errors:
                raise
            results.append(error)
    return results, time.monotonic() - began
