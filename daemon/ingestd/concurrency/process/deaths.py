"""Which error the death of a worker is to the task it held."""

from __future__ import annotations

import signal
from typing import Any

from ingestd.errors import WorkerCpuExceeded, WorkerCrashed, WorkerError, WorkerMemoryExceeded, WorkerTimeout


def timeout(task: str, seconds: float, pid: int | None) -> WorkerTimeout:
    """The task was killed because it ran too long."""
    return WorkerTimeout(
        f"the task {task} ran longer than {seconds:g} s and was killed", task=task, pid=pid, timeout=seconds
    )


def death(
    task: str, pid: int | None, status: int | None, *, memory_limited: bool, cpu_limited: bool
) -> WorkerError:
    """A worker ended while it ran the task.

    ``status`` is an exit status, minus a signal's number, or none where the forkserver could not tell it.
    """
    facts: dict[str, Any] = {"task": task, "pid": pid, "exitcode": status, "signal": _signal(status)}
    if status == -signal.SIGXCPU and cpu_limited:
        return WorkerCpuExceeded(f"the task {task} used up its processor time", **facts)
    if status == -signal.SIGABRT and memory_limited:
        # Libraries in C abort when an allocation fails; without a limit an abort has other reasons.
        return WorkerMemoryExceeded(f"the task {task} ran out of its worker's memory", **facts)
    return WorkerCrashed(f"the worker of the task {task} {how(status)}", **facts)


def how(status: int | None) -> str:
    """The end of a process in words."""
    if status is None:
        return "died"
    if status < 0:
        return f"was killed by {_signal(status)}"
    return f"exited with status {status}"


def _signal(status: int | None) -> str | None:
    if status is None or status >= 0:
        return None
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"
