"""The engine, usable alone: three executors behind one interface. ``docs/engine.md`` shows each part at work.

The map, from the face down (imports only point downward)::

    chunks            ChunkProcessor, process_chunks_sync / _async
    default           get_concurrency_manager: one per process
    manager           ConcurrencyManager: run, map, imap, submit, cascade, shutdown
    closing           the ordered end of everything, with a report
    throttle, load    working less while others need the machine
    executor, window  the interface of one executor; mapping with a window
    processes         the cpu lane's backend:  process/  the process executor itself
    threads           the io and chunk lanes' backend
    lane              admission: limit, queue, figures      priorities, stats, alarm
    task, nesting     one call; what it may wait for
    breaker, retry, progress, cascade                       parts that stand alone
    config, machine   settings; what this process may use

Names load when first used: a worker process that needs one of them does not pay for the others.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ingestd.concurrency.breaker import BreakerState, CircuitBreaker
    from ingestd.concurrency.chunks import (
        ChunkProcessor,
        ProcessingConfig,
        process_chunks_async,
        process_chunks_sync,
    )
    from ingestd.concurrency.closing import ShutdownReport
    from ingestd.concurrency.config import ConcurrencyConfig
    from ingestd.concurrency.default import get_concurrency_manager, set_concurrency_manager
    from ingestd.concurrency.load import Load, LoadSource
    from ingestd.concurrency.manager import ConcurrencyManager
    from ingestd.concurrency.process.descriptor import Descriptor
    from ingestd.concurrency.process.executor import ProcessExecutor
    from ingestd.concurrency.process.options import WorkerOptions
    from ingestd.concurrency.progress import ProgressTracker
    from ingestd.concurrency.retry import (
        DEFAULT_RULES,
        Rule,
        acall_with_retry,
        backoff_delay,
        call_with_retry,
        is_crash,
        is_transient,
    )
    from ingestd.concurrency.stats import EXECUTOR_STATS
    from ingestd.concurrency.throttle import ThrottleChange

__all__ = [
    "DEFAULT_RULES",
    "EXECUTOR_STATS",
    "BreakerState",
    "ChunkProcessor",
    "CircuitBreaker",
    "ConcurrencyConfig",
    "ConcurrencyManager",
    "Descriptor",
    "Load",
    "LoadSource",
    "ProcessExecutor",
    "ProcessingConfig",
    "ProgressTracker",
    "Rule",
    "ShutdownReport",
    "ThrottleChange",
    "WorkerOptions",
    "acall_with_retry",
    "backoff_delay",
    "call_with_retry",
    "get_concurrency_manager",
    "is_crash",
    "is_transient",
    "process_chunks_async",
    "process_chunks_sync",
    "set_concurrency_manager",
]

_HOMES = {
    "breaker": ("BreakerState", "CircuitBreaker"),
    "chunks": ("ChunkProcessor", "ProcessingConfig", "process_chunks_async", "process_chunks_sync"),
    "closing": ("ShutdownReport",),
    "config": ("ConcurrencyConfig",),
    "default": ("get_concurrency_manager", "set_concurrency_manager"),
    "load": ("Load", "LoadSource"),
    "manager": ("ConcurrencyManager",),
    "process.descriptor": ("Descriptor",),
    "process.executor": ("ProcessExecutor",),
    "process.options": ("WorkerOptions",),
    "progress": ("ProgressTracker",),
    "retry": (
        "DEFAULT_RULES",
        "Rule",
        "acall_with_retry",
        "backoff_delay",
        "call_with_retry",
        "is_crash",
        "is_transient",
    ),
    "stats": ("EXECUTOR_STATS",),
    "throttle": ("ThrottleChange",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value
