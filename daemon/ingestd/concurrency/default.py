"""The one manager of this process."""

from __future__ import annotations

import os
import threading

from ingestd.concurrency.config import ConcurrencyConfig
from ingestd.concurrency.manager import ConcurrencyManager
from ingestd.errors import ConfigError

_lock = threading.Lock()
_manager: ConcurrencyManager | None = None


def get_concurrency_manager(config: ConcurrencyConfig | None = None) -> ConcurrencyManager:
    """The process's manager, made at the first call (from ``config``, else from the environment).

    Raises ``ConfigError`` when there is one already and ``config`` is another than its own.
    """
    global _manager  # noqa: PLW0603  # one per process is what this module is for
    with _lock:
        if _manager is None:
            _manager = ConcurrencyManager(config or ConcurrencyConfig.from_env())
        elif config is not None and config != _manager.config:
            raise ConfigError(
                "the process's ConcurrencyManager exists with another configuration",
                hint="Pass the configuration to the first call, or make a ConcurrencyManager of your own.",
            )
        return _manager


def set_concurrency_manager(manager: ConcurrencyManager | None) -> ConcurrencyManager | None:
    """Puts ``manager`` in the place of the process's own (``None``: the next call makes a new one).

    Returns the one before; ending it is up to the caller.
    """
    global _manager
    with _lock:
        before, _manager = _manager, manager
    return before


def _after_fork() -> None:
    global _lock, _manager  # noqa: PLW0603
    _lock = threading.Lock()
    _manager = None  # the parent's: its threads and processes are not ours


os.register_at_fork(after_in_child=_after_fork)
