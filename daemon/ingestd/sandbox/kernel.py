"""The C library's way into the kernel, for calls that Python does not offer."""

from __future__ import annotations

import ctypes
import os
import re
from pathlib import Path
from typing import NamedTuple

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


class Standing(NamedTuple):
    """What this process is before it gives anything up."""

    threads: int
    """Those of libraries with them."""
    capable: bool
    """Whether it holds any privilege of root."""
    mapped: int
    """Bytes of address space in use."""


_STATUS = re.compile(r"^(Threads|CapPrm|VmSize):\s*([0-9a-f]+)", re.MULTILINE)


def standing() -> Standing:
    """This process as the kernel sees it; where it does not say, the worse is taken."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        status = ""
    facts = dict(_STATUS.findall(status))
    return Standing(
        threads=int(facts.get("Threads", 1)),
        capable=int(facts.get("CapPrm", "1"), 16) != 0,
        mapped=int(facts.get("VmSize", 0)) * 1024,
    )
