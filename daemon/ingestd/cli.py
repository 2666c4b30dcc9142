"""The door ``ingestd``: the workers' modules are on their way before anything of the daemon's own is loaded."""

from __future__ import annotations

import gc
import os
import sys

from ingestd import worker

ANSWERED = {"-h", "--help", "--version", "--check-config"}
"""Options that need no worker."""


def main() -> None:
    """Runs the command line."""
    gc.disable()  # what is imported stays; the daemon enables it when it has all it needs
    if ANSWERED.isdisjoint(sys.argv[1:]):
        _wait_in_turn()
        from ingestd.concurrency.process.launch import head_start

        # It takes as long as what is imported here from now on.
        head_start(*worker.PRELOAD, environment=worker.ENVIRONMENT)
    from ingestd.command import ingestd

    ingestd()


def _wait_in_turn() -> None:
    """Become what the scheduler calls a batch job, with all threads and workers: it never cuts in when it wakes.

    Others' work goes on undisturbed, and so do our own workers: the daemon's threads wake a thousand times a second
    under load, and each time a parser lost its processor, and its caches. An idle processor is had at once. Where a
    policy was chosen by whoever started us, or the unit's filter forbids the call, that stands.
    """
    if os.sched_getscheduler(0) == os.SCHED_OTHER:
        try:
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        except PermissionError:
            return
