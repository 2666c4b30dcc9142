"""Memory: which allocator the workers have, and giving back what one keeps for later.

The workers' is tcmalloc where the system has it, else the C library's own.

pdfium asks for memory and gives it back a million times a second, in pieces of all sizes: a ninth of a page's time goes
to glibc's allocator, half of that to gperftools' tcmalloc. The dynamic linker puts it in the place of the C library's
own, for the workers alone. An ``LD_PRELOAD`` that is set already is the operator's choice and stays, also an empty one.

``python -m ingestd.allocator`` prints the Debian package to install where it is not there.
"""

from __future__ import annotations

import os
import sys

LIBRARY = "libtcmalloc_minimal.so.4"
PACKAGE = "libtcmalloc-minimal4"
_KEPT = ("TCMALLOC_MAX_TOTAL_THREAD_CACHE_BYTES", str(1024**2))
"""Bytes of freed pieces that a thread keeps at hand. The default of 32 MiB, made for many threads, is no faster for
one, and a worker at rest holds 10 MiB more."""


def find() -> str:
    """Path of the library; empty where there is none."""
    kind = getattr(sys.implementation, "_multiarch", "")
    for folder in (f"/usr/lib/{kind}", "/usr/lib64", "/usr/local/lib", "/usr/lib"):
        if os.access(path := f"{folder}/{LIBRARY}", os.R_OK):
            return path
    return ""


def environment() -> tuple[tuple[str, str], ...]:
    """The variables that give a process this allocator from its start."""
    if "LD_PRELOAD" in os.environ or not (path := find()):
        return ()
    return (("LD_PRELOAD", path), *([_KEPT] if _KEPT[0] not in os.environ else []))


def give_back() -> None:
    """Have this process's allocator return to the system what it keeps of freed memory: some milliseconds of work."""
    try:
        import ctypes  # a process that never rests needs none of it

        library = ctypes.CDLL(None)
        # tcmalloc's, where it is in place of the C library's own; that has another.
        if hasattr(library, "MallocExtension_ReleaseFreeMemory"):
            library.MallocExtension_MarkThreadIdle()
            library.MallocExtension_ReleaseFreeMemory()
        else:
            library.malloc_trim(0)
    except (AttributeError, ImportError, OSError):
        return  # a C library that cannot, or a sandbox that lets nothing be loaded: it is no more than thrift


if __name__ == "__main__":
    print("" if find() else PACKAGE)  # noqa: T201
