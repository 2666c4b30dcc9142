"""seccomp: a filter that lets pass the system calls a parser needs, and answers EPERM to all others.

EPERM rather than death: Python code that tries for a file or a thread gets a ``PermissionError`` and
can go on without. Only a call in another architecture's convention ends the process, since no
library of ours makes one.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Sequence
from typing import NamedTuple

from ingestd.sandbox.kernel import system_call
from ingestd.sandbox.machine import Machine

_SET_MODE_FILTER = 1
_FLAG_TSYNC = 1
"""All threads at once."""

_ALLOW = 0x7FFF0000
_KILL_PROCESS = 0x80000000
_REFUSE = 0x00050000 | errno.EPERM

_LOAD, _JUMP_EQUAL, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
"""BPF: load a word of the call's data; compare it with a constant; test bits; answer."""

_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
"""Offsets in ``struct seccomp_data``; an argument has two words, the low one first."""

_X32_BIT = 0x40000000

_EXECUTABLE = 0x4
"""PROT_EXEC."""
_AT_EMPTY_PATH = 0x1000
_DESCRIPTOR_COMMANDS = (1, 2, 3, 4, 1030)
"""fcntl: F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC. Not F_SETOWN: it aims signals at others."""
_TERMINAL_COMMANDS = (0x5401, 0x541B, 0x5421, 0x5450, 0x5451)
"""ioctl: TCGETS (``isatty``), FIONREAD, FIONBIO, FIONCLEX, FIOCLEX."""
_RLIMIT_CPU = 0


_PACKED = struct.Struct("=HBBI")


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]


class _Instruction(NamedTuple):
    code: int
    constant: int
    if_true: int = 0
    """Instructions to skip."""
    if_false: int = 0


def install(machine: Machine) -> None:
    """Bind all threads of this process to the filter. Raises ``OSError``."""
    code = b"".join(
        _PACKED.pack(code, if_true, if_false, constant)
        for code, constant, if_true, if_false in program(machine, os.getpid())
    )
    filter_ = _Program(len(code) // 8, code)
    system_call(machine.seccomp, _SET_MODE_FILTER, _FLAG_TSYNC, filter_)


def program(machine: Machine, pid: int) -> list[_Instruction]:
    """The filter of process ``pid``. Calls with conditions come as blocks that answer for themselves."""
    conditions = {
        "tgkill": _equal_to(0, [pid]),  # abort() of a library, and nothing to others
        "prlimit64": _own_cpu_limit_or_question(),
        "mmap": _without_bits(2, _EXECUTABLE),
        "mprotect": _without_bits(2, _EXECUTABLE),
        "newfstatat": _equal_to(3, [_AT_EMPTY_PATH]),  # how the C library spells fstat
        "fcntl": _equal_to(1, _DESCRIPTOR_COMMANDS),
        "ioctl": _equal_to(1, _TERMINAL_COMMANDS),
    }
    code = [
        _Instruction(_LOAD, _ARCHITECTURE),
        _Instruction(_JUMP_EQUAL, machine.audit_code, if_true=1),
        _Instruction(_RETURN, _KILL_PROCESS),
        _Instruction(_LOAD, _NUMBER),
        _Instruction(_JUMP_ANY_BIT, _X32_BIT, if_false=1),
        _Instruction(_RETURN, _REFUSE),
    ]
    for name, number in machine.allowed.items():
        block = conditions.get(name, [_Instruction(_RETURN, _ALLOW)])
        code += [_Instruction(_JUMP_EQUAL, number, if_false=len(block)), *block]
    return [*code, _Instruction(_RETURN, _REFUSE)]


def _equal_to(argument: int, values: Sequence[int]) -> list[_Instruction]:
    """Allow where the low word of an argument is one of ``values``; the kernel takes 32 bits of these."""
    tests = [
        _Instruction(_JUMP_EQUAL, value, if_true=len(values) - index) for index, value in enumerate(values)
    ]
    return [_load(argument), *tests, _Instruction(_RETURN, _REFUSE), _Instruction(_RETURN, _ALLOW)]


def _without_bits(argument: int, bits: int) -> list[_Instruction]:
    return [
        _load(argument),
        _Instruction(_JUMP_ANY_BIT, bits, if_false=1),
        _Instruction(_RETURN, _REFUSE),
        _Instruction(_RETURN, _ALLOW),
    ]


def _own_cpu_limit_or_question() -> list[_Instruction]:
    """``prlimit64(0, RLIMIT_CPU, new, old)``, or any limit of this process without a new value.

    A process of root could raise its other limits again.
    """
    return [
        _load(0),
        _Instruction(_JUMP_EQUAL, 0, if_false=6),
        _load(1),
        _Instruction(_JUMP_EQUAL, _RLIMIT_CPU, if_true=5),
        _load(2),
        _Instruction(_JUMP_EQUAL, 0, if_false=2),
        _load(2, high=True),
        _Instruction(_JUMP_EQUAL, 0, if_true=1),
        _Instruction(_RETURN, _REFUSE),
        _Instruction(_RETURN, _ALLOW),
    ]


def _load(argument: int, *, high: bool = False) -> _Instruction:
    return _Instruction(_LOAD, _ARGUMENTS + 8 * argument + 4 * high)
