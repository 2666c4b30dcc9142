"""The door ``ingestd``: the workers' modules are on their way before anything of the daemon's own is loaded."""

from __future__ import annotations

import gc
import sys

from ingestd import worker

ANSWERED = {"-h", "--help", "--version", "--check-config"}
"""Options that need no worker."""


def main() -> None:
    """Runs the command line."""
    gc.disable()  # what is imported stays; the daemon enables it when it has all it needs
    if ANSWERED.isdisjoint(sys.argv[1:]):
        from ingestd.concurrency.process.launch import head_start

        head_start(*worker.PRELOAD)  # it takes as long as what is imported here from now on
    from ingestd.command import ingestd

    ingestd()
