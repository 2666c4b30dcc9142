"""Managers for the tests of the engine: small, and ended whatever a test did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ingestd.concurrency import ConcurrencyConfig, ConcurrencyManager

Make = Callable[..., ConcurrencyManager]


@pytest.fixture
def make_manager() -> Iterator[Make]:
    """Makes managers; without settings: 2 threads an executor, 1 process, no throttle."""
    made: list[ConcurrencyManager] = []

    def make(**settings: Any) -> ConcurrencyManager:
        source = settings.pop("load_source", None)
        small = {
            "cpu_workers": 1,
            "io_workers": 2,
            "chunk_processor_workers": 2,
            "enable_auto_throttle": False,
        }
        made.append(ConcurrencyManager(ConcurrencyConfig(**(small | settings)), load_source=source))
        return made[-1]

    yield make
    for manager in made:
        manager.shutdown(timeout=0)


@pytest.fixture
def manager(make_manager: Make) -> ConcurrencyManager:
    return make_manager()
