"""No privilege to gain, none kept, and no other process may look in."""

from __future__ import annotations

import ctypes

from ingestd.sandbox.kernel import process_control, system_call
from ingestd.sandbox.machine import Machine

_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITY_VERSION_3 = 0x20080522


class _CapabilityHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("process", ctypes.c_int)]


def drop_privileges(machine: Machine | None, capable: bool) -> None:
    """Forbid gaining privileges and tracing, then lay down root's capabilities where there are any.

    Raises ``OSError``. Without capabilities none are set: a unit's filter may end a process for trying.
    """
    process_control(_PR_SET_NO_NEW_PRIVS, 1)
    process_control(_PR_SET_DUMPABLE, 0)
    if capable and machine is not None:
        header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
        system_call(machine.capset, header, ctypes.create_string_buffer(24))
