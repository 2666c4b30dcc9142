"""The engine: executors and what keeps them honest, usable without the rest of ingestd.

Names are loaded when first used: a worker process imports this package too and must stay small.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ingestd.concurrency.process.descriptor import Descriptor
    from ingestd.concurrency.process.executor import ProcessExecutor
    from ingestd.concurrency.process.options import WorkerOptions

_HOMES = {
    "Descriptor": "ingestd.concurrency.process.descriptor",
    "ProcessExecutor": "ingestd.concurrency.process.executor",
    "WorkerOptions": "ingestd.concurrency.process.options",
}

__all__ = ["Descriptor", "ProcessExecutor", "WorkerOptions"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
