"""Calls that end in the ways calls end; a module of its own, which worker processes import fast."""

from __future__ import annotations

import os
import signal
import time


def behave(behaviour: str) -> str:
    """Returns, fails, takes a little time, kills its process, or hangs."""
    if behaviour == "fail":
        raise ValueError(behaviour)
    if behaviour == "slow":
        time.sleep(0.005)
    if behaviour == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if behaviour == "hang":
        time.sleep(60)
    return behaviour
