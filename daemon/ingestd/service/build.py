"""Parts whose wiring is their own affair: what a resource counts as a failure, what a watcher asks and tells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

from ingestd.concurrency import CircuitBreaker, ConcurrencyManager
from ingestd.config import Settings
from ingestd.errors import IngestError
from ingestd.flow.resource import Resource
from ingestd.model import FileIdentity
from ingestd.service.news import News
from ingestd.store import Store
from ingestd.watch import Watcher

File = tuple[bytes, FileIdentity]

LATER = ("concurrent.futures.process", "ingestd.pdf.assembly", "ingestd.pdf.survey", "psutil", "tomllib")
"""What a start has no need of: for long documents, for tasks that fail, for a look at the machine, for a reload."""


def load_the_rest() -> None:
    """Imports ``LATER``: who runs for weeks must not look for it when descriptors are short or the disk is away."""
    for name in LATER:
        import_module(name)


def make_resource(
    name: str,
    failure: type[Exception],
    settings: Settings,
    manager: ConcurrencyManager,
    news: News,
    *,
    on_beyond_repair: Callable[[IngestError], None],
) -> Resource:
    """The resource whose breaker counts ``failure``, and whose ups and downs are news."""
    breaker = CircuitBreaker(
        name,
        failure_threshold=settings.breaker.failure_threshold,
        recovery_timeout=settings.breaker.recovery_timeout,
        counts=(failure,),
    )
    manager.add_breaker(breaker)
    resource = Resource(manager, breaker, settings.retry.call_attempts, on_beyond_repair)
    breaker.on_change(lambda _, old, new: news.of_breaker(resource, breaker, new))
    return resource


def make_watcher(
    settings: Settings, manager: ConcurrencyManager, store: Store, news: News, *, once: bool
) -> Watcher:
    """A watcher of the inboxes that knows what the store knows."""

    def known(files: Sequence[File]) -> set[File]:
        paths = store.known(files)
        return {file for file in files if file[0] in paths}

    return Watcher(
        settings.inbox, settings.watch, known=known, report=news.of_inbox, run_io=manager.run_io, once=once
    )
