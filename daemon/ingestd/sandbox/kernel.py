"""The C library's way into the kernel, for calls that Python does not offer."""

from __future__ import annotations

import ctypes
import os
import re
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.syscall.restype = ctypes.c_long
_LIBC.prctl.argtypes = (ctypes.c_int, *[ctypes.c_ulong] * 4)


class LayerUnavailable(Exception):
    """A layer of the sandbox cannot be had here; the message says why."""


def system_call(number: int, *arguments: int | ctypes.Array[ctypes.c_char] | ctypes.Structure | None) -> int:
    """The result of a raw system call; structures and buffers go by reference. Raises ``OSError``."""
    passed = [
        ctypes.c_long(argument) if isinstance(argument, int) else argument and ctypes.byref(argument)
        for argument in arguments
    ]
    result: int = _LIBC.syscall(ctypes.c_long(number), *passed)
    if result < 0:
        raise _error()
    return result


def process_control(option: int, value: int) -> None:
    """``prctl(option, value)``. Raises ``OSError``."""
    if _LIBC.prctl(option, value, 0, 0, 0) != 0:
        raise _error()


def _error() -> OSError:
    code = ctypes.get_errno()
    return OSError(code, os.strerror(code))


def thread_count() -> int:
    """Threads of this process, those of libraries with them."""
    return sum(1 for _ in Path("/proc/self/task").iterdir())


def has_capabilities() -> bool:
    """Whether this process holds any privilege of root."""
    status = Path("/proc/self/status").read_text(encoding="utf-8", errors="replace")
    held = re.search(r"^CapPrm:\s*([0-9a-f]+)", status, re.MULTILINE)
    return held is None or int(held[1], 16) != 0


def mapped_bytes() -> int:
    """Bytes of address space in use."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")
