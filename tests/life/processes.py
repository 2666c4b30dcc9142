"""The processes below a daemon, found in /proc by their parent."""

from __future__ import annotations

import contextlib
from pathlib import Path

from tests.life.daemon import Daemon


def children(pid: int) -> list[int]:
    """Processes whose parent is ``pid``."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(status.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(status.parent.name))
    return found


def forkserver_of(daemon: Daemon) -> list[int]:
    """The process that forks its workers."""
    assert daemon.process is not None
    return children(daemon.process.pid)


def workers_of(daemon: Daemon) -> list[int]:
    """Its workers."""
    return [worker for forkserver in forkserver_of(daemon) for worker in children(forkserver)]
