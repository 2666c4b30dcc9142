"""What a cpu worker of the daemon is before its first task: warm, silent, and locked up."""

from __future__ import annotations

import os
from typing import Any

from ingestd import allocator

PRELOAD = ("ingestd.preloaded",)
"""Imported once by the process that forks the workers."""

ENVIRONMENT = allocator.environment()
"""Of that process, beside the daemon's own."""

RESULTS = (
    "ingestd.model",
    "ingestd.errors",
    "ingestd.pdf",
    "ingestd.concepts",
    "collections",
)
"""Whose classes a result may hold: a worker that a PDF has taken over can make the daemon build nothing else."""

_report: dict[str, Any] = {"level": "none", "missing": {}}


def prepare(memory: int) -> None:
    """Closes the sandbox around this process; ``memory``: bytes of address space it may take from here on."""
    global _report  # noqa: PLW0603 (a process has one sandbox)
    from ingestd import preloaded, sandbox  # noqa: F401 (warm in any case, also where preloading failed)

    _mute()
    _report = sandbox.close(sandbox.SandboxLimits(memory=memory)).to_dict()


def report() -> dict[str, Any]:
    """Which layers stand around this worker, as ``SandboxReport.to_dict`` says it."""
    return _report


def _mute() -> None:
    # A parser's chatter would break into the journal's one object a line.
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    os.close(null)
