"""Stores for the tests: a real file each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingestd.store import Store, open_store

STORES: dict[str, Callable[[Path], Store]] = {"sqlite": open_store}
"""Every implementation of the protocol runs the contract's tests."""


@pytest.fixture(params=STORES.values(), ids=STORES.keys())
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of each kind."""
    opened: Store = request.param(tmp_path)
    yield opened
    opened.close()
