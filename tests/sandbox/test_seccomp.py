"""Tests of the filter's program, run on an interpreter of its own: also for machines not at hand."""

from __future__ import annotations

import struct

import pytest

from ingestd.sandbox.machine import _MACHINES, Machine
from ingestd.sandbox.seccomp import program

ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050001, 0x80000000
PID = 4242
machines = pytest.mark.parametrize("machine", _MACHINES.values(), ids=_MACHINES)


def verdict(machine: Machine, number: int, *arguments: int, architecture: int | None = None) -> int:
    """What the filter answers to a call, as the kernel would run it."""
    padded = (*arguments, *[0] * (6 - len(arguments)))
    code = machine.audit_code if architecture is None else architecture
    data = struct.pack("<IIQ6Q", number, code, 0, *padded)
    steps, position, register = program(machine, PID), 0, 0
    while True:
        step = steps[position]
        position += 1
        match step.code:
            case 0x20:
                (register,) = struct.unpack_from("<I", data, step.constant)
            case 0x15:
                position += step.if_true if register == step.constant else step.if_false
            case 0x45:
                position += step.if_true if register & step.constant else step.if_false
            case 0x06:
                return step.constant


@machines
def test_named_calls_pass_and_all_others_are_refused(machine: Machine) -> None:
    """Of a thousand numbers just those of the list pass; with conditions, by their arguments."""
    conditional = {"tgkill", "prlimit64", "mmap", "mprotect", "newfstatat", "fcntl", "ioctl"}
    free = {number for name, number in machine.allowed.items() if name not in conditional}
    for number in range(1000):
        expected = ALLOW if number in free else REFUSE
        if number not in machine.allowed.values():
            assert verdict(machine, number) == expected
        elif number in free:
            assert verdict(machine, number, 7, 7, 7) == expected


@machines
def test_other_architectures(machine: Machine) -> None:
    """A call in another convention ends the process; an x32 number is refused."""
    assert verdict(machine, 0, architecture=0x40000003) == KILL
    read = machine.allowed["read"]
    assert verdict(machine, read) == ALLOW
    assert verdict(machine, 0x40000000 | read) == REFUSE


@machines
def test_conditions(machine: Machine) -> None:
    """Calls that are allowed by their arguments, and no further."""
    number = machine.allowed
    parent, everything = 1, (1 << 64) - 1
    for name, arguments, expected in (
        ("tgkill", (PID, PID, 6), ALLOW),
        ("tgkill", (parent, parent, 9), REFUSE),
        ("mmap", (0, 4096, 3, 0x22, everything, 0), ALLOW),
        ("mmap", (0, 4096, 5, 0x22, everything, 0), REFUSE),
        ("mprotect", (0, 4096, 7), REFUSE),
        ("newfstatat", (5, 1 << 40, 1 << 40, 0x1000), ALLOW),
        ("newfstatat", (0xFFFFFF9C, 1 << 40, 1 << 40, 0), REFUSE),
        ("fcntl", (5, 3), ALLOW),
        ("fcntl", (5, 8, parent), REFUSE),
        ("fcntl", (5, 10, 9), REFUSE),
        ("ioctl", (0, 0x5401), ALLOW),
        ("ioctl", (0, 0x5412), REFUSE),
        ("prlimit64", (0, 0, 1 << 40, 0), ALLOW),
        ("prlimit64", (0, 9, 0, 1 << 40), ALLOW),
        ("prlimit64", (0, 9, 1 << 40, 0), REFUSE),
        ("prlimit64", (0, 9, 0xFFFF, 0), REFUSE),
        ("prlimit64", (parent, 0, 0, 1 << 40), REFUSE),
    ):
        assert verdict(machine, number[name], *arguments) == expected, (name, arguments)


@machines
def test_numbers_are_one_to_one(machine: Machine) -> None:
    """No two calls share a number, and every call of the list but old ones is known."""
    assert len(set(machine.allowed.values())) == len(machine.allowed)
    assert len(machine.allowed) >= 58
