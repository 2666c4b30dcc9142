"""The processor's numbers: which system calls a parser needs, and what they are called there."""

from __future__ import annotations

import os
import struct
import sys
from typing import NamedTuple

from ingestd.sandbox.kernel import LayerUnavailable

# In the order of their frequency. What is not named is refused: opening, connecting, starting,
# tracing, and whatever a later kernel adds.
_ALLOWED = """
    read pread64 lseek mmap munmap brk madvise mremap mprotect futex close fstat newfstatat
    recvmsg sendmsg recvfrom sendto write writev readv preadv preadv2 poll ppoll select pselect6
    epoll_create1 epoll_ctl epoll_wait epoll_pwait getsockname getpeername getsockopt shutdown
    clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time getrusage times
    prlimit64 getrlimit sysinfo uname getrandom sched_yield sched_getaffinity getcpu membarrier rseq
    rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack restart_syscall tgkill
    getpid gettid getppid getuid geteuid getgid getegid fcntl ioctl dup exit exit_group
""".split()

_X86_64 = {
    "read": 0, "write": 1, "readv": 19, "writev": 20, "pread64": 17, "preadv": 295, "preadv2": 327, "close": 3,
    "fstat": 5,    "newfstatat": 262, "lseek": 8, "mmap": 9, "mprotect": 10, "munmap": 11, "mremap": 25, "brk": 12,
    "madvise": 28, "futex": 202, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15,
    "sigaltstack": 131, "getpid": 39, "gettid": 186, "getppid": 110, "getuid": 102, "geteuid": 107,
    "getgid": 104, "getegid": 108, "clock_gettime": 228, "clock_getres": 229, "clock_nanosleep": 230,
    "nanosleep": 35, "gettimeofday": 96, "time": 201, "getrusage": 98, "times": 100, "prlimit64": 302,
    "getrlimit": 97, "sysinfo": 99, "uname": 63, "getrandom": 318, "sched_yield": 24,
    "sched_getaffinity": 204, "getcpu": 309, "poll": 7, "ppoll": 271, "select": 23, "pselect6": 270,
    "epoll_create1": 291, "epoll_ctl": 233, "epoll_wait": 232, "epoll_pwait": 281, "recvmsg": 47,
    "sendmsg": 46, "recvfrom": 45, "sendto": 44, "getsockname": 51, "getpeername": 52, "getsockopt": 55,
    "shutdown": 48, "restart_syscall": 219, "exit": 60, "exit_group": 231, "rseq": 334, "membarrier": 324,
    "tgkill": 234, "fcntl": 72, "ioctl": 16, "dup": 32,
}  # fmt: skip

_AARCH64 = {
    "read": 63, "write": 64, "readv": 65, "writev": 66, "pread64": 67, "preadv": 69, "preadv2": 286, "close": 57,
    "fstat": 80, "newfstatat": 79, "lseek": 62, "mmap": 222, "mprotect": 226, "munmap": 215,
    "mremap": 216, "brk": 214, "madvise": 233, "futex": 98, "rt_sigaction": 134, "rt_sigprocmask": 135,
    "rt_sigreturn": 139, "sigaltstack": 132, "getpid": 172, "gettid": 178, "getppid": 173, "getuid": 174,
    "geteuid": 175, "getgid": 176, "getegid": 177, "clock_gettime": 113, "clock_getres": 114,
    "clock_nanosleep": 115, "nanosleep": 101, "gettimeofday": 169, "getrusage": 165, "times": 153,
    "prlimit64": 261, "getrlimit": 163, "sysinfo": 179, "uname": 160, "getrandom": 278,
    "sched_yield": 124, "sched_getaffinity": 123, "getcpu": 168, "ppoll": 73, "pselect6": 72,
    "epoll_create1": 20, "epoll_ctl": 21, "epoll_pwait": 22, "recvmsg": 212, "sendmsg": 211,
    "recvfrom": 207, "sendto": 206, "getsockname": 204, "getpeername": 205, "getsockopt": 209,
    "shutdown": 210, "restart_syscall": 128, "exit": 93, "exit_group": 94, "rseq": 293,
    "membarrier": 283, "tgkill": 131, "fcntl": 25, "ioctl": 29, "dup": 23,
}  # fmt: skip


class Machine(NamedTuple):
    """One processor architecture as the kernel's filters see it."""

    audit_code: int
    """What ``seccomp_data.arch`` holds for it."""
    seccomp: int
    capset: int
    allowed: dict[str, int]
    """Number by name, the most frequent first."""


def _machine(audit_code: int, seccomp: int, capset: int, numbers: dict[str, int]) -> Machine:
    return Machine(audit_code, seccomp, capset, {n: numbers[n] for n in _ALLOWED if n in numbers})


_MACHINES = {
    "x86_64": _machine(0xC000003E, 317, 126, _X86_64),
    "aarch64": _machine(0xC00000B7, 277, 91, _AARCH64),
}


def this_machine() -> Machine:
    """The machine this process runs on. Raises ``LayerUnavailable`` where its numbers are not known."""
    name = os.uname().machine
    machine = _MACHINES.get(name)
    if machine is None or sys.byteorder != "little" or struct.calcsize("P") != 8:
        raise LayerUnavailable(f"no table of system calls for {name or 'this processor'}")
    return machine
