"""One manager per process: shared, replaceable, and not inherited by a fork."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from ingestd.concurrency import ConcurrencyConfig, get_concurrency_manager, set_concurrency_manager
from ingestd.errors import ConfigError
from tests.concurrency.conftest import Make


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    before = set_concurrency_manager(None)
    yield
    if (made := set_concurrency_manager(before)) is not None:
        made.shutdown()


def test_everyone_gets_the_same() -> None:
    """Two calls, one manager."""
    assert get_concurrency_manager() is get_concurrency_manager()


def test_made_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a configuration the environment's variables hold."""
    monkeypatch.setenv("CHUNK_BATCH_SIZE", "9")
    assert get_concurrency_manager().config.chunk_batch_size == 9


def test_first_configuration_wins_and_another_is_refused() -> None:
    """A second, different configuration is an error, not silently ignored."""
    config = ConcurrencyConfig(io_workers=3)
    manager = get_concurrency_manager(config)
    assert get_concurrency_manager(ConcurrencyConfig(io_workers=3)) is manager
    with pytest.raises(ConfigError, match="another configuration"):
        get_concurrency_manager(ConcurrencyConfig(io_workers=4))


def test_replaceable(make_manager: Make) -> None:
    """Tests put their own in its place and get the earlier one back."""
    mine = make_manager()
    assert set_concurrency_manager(mine) is None
    assert get_concurrency_manager() is mine
    assert set_concurrency_manager(None) is mine


def test_a_fork_makes_its_own() -> None:
    """The child of a fork gets a manager that works, not the parent's without its threads."""
    manager = get_concurrency_manager()
    manager.run_io_sync(int)
    pid = os.fork()
    if pid == 0:
        own = get_concurrency_manager()
        os._exit(7 if own is not manager and own.run_io_sync(int, "7", timeout=20) == 7 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
