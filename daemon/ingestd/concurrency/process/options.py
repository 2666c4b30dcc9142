"""How the workers of a process executor are set up."""

from __future__ import annotations

from typing import NamedTuple


class WorkerOptions(NamedTuple):
    """Everything beyond the standard library's arguments; the defaults change nothing.

    Frozen: workers started later, also after a crash, are as the first.
    """

    preload: tuple[str, ...] = ()
    """Modules that the forkserver imports once; every worker then has them at no cost."""
    environment: tuple[tuple[str, str], ...] = ()
    """Variables of the workers' environment beside the caller's own, set before the forkserver is started: what
    the dynamic linker reads (``LD_PRELOAD``), or a library while it is loaded."""
    lean: bool = False
    """Leave out what only scripts need: the caller's ``__main__`` is not imported in the workers and
    multiprocessing's resource tracker is not shared with them."""
    results_from: tuple[str, ...] | None = None
    """Modules and packages whose classes a result may hold, besides plain data and exceptions; anything else
    fails as ``UnpicklableError``. None: anything, for workers that only run trusted code on trusted input."""
    memory_limit: int | None = None
    """Bytes of address space of one worker (``RLIMIT_AS``)."""
    recycle_rss: int | None = None
    """Bytes of resident memory above which a worker is replaced once its task has ended."""
    oom_score_adj: int = 0
    """Added to the kernel's out-of-memory badness, so that it takes a worker before the caller."""
    start_timeout: float = 60.0
    """Seconds a worker may take from being asked for to being ready (imports and initializer)."""
