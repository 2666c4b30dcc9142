"""ingestd: PDFs dropped in a folder become a searchable catalog; its engine is a library too.

The map, in the order a document travels (imports only point downward in this list)::

    cli, ctl          the doors: ``ingestd`` and ``ingestctl``
    command           the options of ``ingestd``
    present           what ``ingestctl`` prints for people
    service/          the life of the daemon: build the parts, run, drain
    status            the answer to ``ingestctl status``, with the daemon running or stopped
    audit             what ``ingestctl verify`` compares
    control           the socket it answers through, and the lock that tells whether one runs
    flow/             watch > accept > chunk > compute > store > archive
    worker            what a cpu worker is before its first task
    preloaded         what it shares with all others
    watch/            files that have settled in the inboxes
    spool/            private durable copies; archive and quarantine
    pdf/              what runs in a worker: reading a PDF into text
    chunking          cutting text into chunks
    concepts/         key phrases
    store/            the catalog and its ledger (SQLite)
    concurrency/      the engine: ConcurrencyManager and its parts, usable alone
    sandbox           what a worker process gives up before it meets a PDF
    notify, log       systemd and the journal
    untrusted         opening what strangers put into a directory
    linux             system calls that Python lacks
    config            what the operator wrote
    compiled          loading the C modules, where they were built
    allocator         the workers' malloc, where the system has a faster one
    system            what we are, what it and we have agreed upon
    faults            points where tests make the program fail
    model, errors     the words
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ingestd.concurrency import (
        CircuitBreaker,
        ConcurrencyConfig,
        ConcurrencyManager,
        ProgressTracker,
        get_concurrency_manager,
    )

__all__ = [
    "CircuitBreaker",
    "ConcurrencyConfig",
    "ConcurrencyManager",
    "ProgressTracker",
    "get_concurrency_manager",
]


def __getattr__(name: str) -> Any:
    # Loaded when first used: worker processes import this package too and must stay small.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("ingestd.concurrency"), name)
