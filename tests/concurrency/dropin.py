"""Our executor under the standard pool's name and constructor, for CPython's own tests.

What those tests read of the standard pool's private parts is answered here from ours, where it has a meaning.
"""

from __future__ import annotations

from typing import Any

from ingestd.concurrency import ProcessExecutor, WorkerOptions
from tests.eventually import eventually


class _Process:
    """A worker as the tests want to join it."""

    def __init__(self, executor: ProcessExecutor, number: int) -> None:
        self._pool = executor._pool
        self._number = number

    def join(self) -> None:
        """Wait for its end."""
        eventually(lambda: self._number not in self._pool._core.roster.slots)


class _CallQueue:
    """There is none."""

    def join_thread(self) -> None:
        """Nothing to wait for."""


class ProcessPoolExecutor(ProcessExecutor):
    """Named as CPython's subprocess scripts import it."""

    _call_queue = _CallQueue()
    preload: tuple[str, ...] = ()
    """Modules of the tests: importing them in each worker would take most of the time."""

    def __init__(self, max_workers: int | None = None, mp_context: object = None, **kwargs: Any) -> None:
        super().__init__(max_workers, options=WorkerOptions(preload=self.preload), **kwargs)
        self._max_workers = self.max_workers

    @property
    def _broken(self) -> bool:
        return self._pool._core.refusal is not None

    @property
    def _processes(self) -> dict[int, _Process]:
        slots = self._pool._core.roster.slots.copy()
        return {number: _Process(self, number) for number, slot in slots.items() if not slot.leaving}

    @property
    def _executor_manager_thread(self) -> object:
        assert self._pool._core.reader is not None
        return self._pool._core.reader.thread
