"""No orphans: the kernel kills a process whose lifeline's other end is gone, whatever it is doing.

The lifeline is a pipe of which only the caller's process holds the write end. ``PR_SET_PDEATHSIG`` would
not do: a worker's parent is the forkserver, and the signal is tied to the parent's *thread*.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal


def arm(fd: int) -> None:
    """From now on this process gets SIGKILL when the last write end of the pipe ``fd`` is closed."""
    fcntl.fcntl(fd, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(fd, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_ASYNC)
    # The end may have come before the arming: then no signal will.
    poll = select.poll()
    poll.register(fd, 0)
    if poll.poll(0):
        os.kill(os.getpid(), signal.SIGKILL)
