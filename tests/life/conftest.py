"""A daemon for each test, gone after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.life.daemon import Daemon


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """Not started yet; killed at the end."""
    made = Daemon(tmp_path)
    yield made
    made.kill()
