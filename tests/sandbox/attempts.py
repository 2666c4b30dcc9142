"""What a closed sandbox must refuse, and what must go on working in it."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import io
import mmap
import os
import platform
import resource
import select
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pypdf
import pypdfium2

Calls = dict[str, Callable[[], object]]

LINE = "A line of text"
"""What stands in the test's PDF."""

_LIBC = ctypes.CDLL(None, use_errno=True)
_NUMBERS = {
    "x86_64": {
        "ptrace": 101, "mount": 165, "bpf": 321, "unshare": 272, "io_uring_setup": 425, "memfd_create": 319,
        "process_vm_readv": 310, "userfaultfd": 323, "keyctl": 250, "personality": 135, "pidfd_open": 434,
        "perf_event_open": 298, "clone3": 435, "setuid": 105, "chroot": 161, "prctl": 157, "openat2": 437,
    },
    "aarch64": {
        "ptrace": 117, "mount": 40, "bpf": 280, "unshare": 97, "io_uring_setup": 425, "memfd_create": 279,
        "process_vm_readv": 270, "userfaultfd": 282, "keyctl": 219, "personality": 92, "pidfd_open": 434,
        "perf_event_open": 241, "clone3": 435, "setuid": 146, "chroot": 51, "prctl": 167, "openat2": 437,
    },
}  # fmt: skip


def outcomes(calls: Calls) -> dict[str, str]:
    """For each call ``ok``, the name of an errno, or the exception."""
    return {name: _outcome(call) for name, call in calls.items()}


def _outcome(call: Callable[[], object]) -> str:
    try:
        call()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, repr(error))
    except Exception as error:  # noqa: BLE001 - a failure of any kind is the answer
        return repr(error)
    return "ok"


def file_attempts(victim: Path) -> Calls:
    """Reaching for the file system."""
    return {
        "open": lambda: os.open("/etc/passwd", os.O_RDONLY),
        "open own": lambda: os.open(victim, os.O_RDONLY),
        "open proc": lambda: os.open("/proc/self/environ", os.O_RDONLY),
        "create": lambda: os.open(victim.with_name("new"), os.O_CREAT | os.O_WRONLY),
        "listdir": lambda: list(Path("/").iterdir()),
        "unlink": victim.unlink,
        "rename": lambda: victim.rename(f"{victim}.x"),
        "mkdir": victim.with_name("new.d").mkdir,
        "exec": lambda: os.execv("/bin/true", ["true"]),
    }


def other_attempts(victim: Path, channel: int) -> Calls:
    """Reaching for everything else."""
    parent = os.getppid()
    calls: Calls = {
        "stat": lambda: Path("/etc/passwd").stat(),
        "chmod": lambda: victim.chmod(0o777),
        "chdir": lambda: os.chdir("/"),
        "socket": socket.socket,
        "socketpair": socket.socketpair,
        "fork": os.fork,
        "spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),
        "kill parent": lambda: os.kill(parent, 0),
        "kill group": lambda: os.kill(0, 0),
        "signals to parent": lambda: fcntl.fcntl(channel, fcntl.F_SETOWN, parent),
        "type on a terminal": lambda: fcntl.ioctl(channel, 0x5412, b"x"),
        "map code": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC),
        "limit parent": lambda: resource.prlimit(parent, resource.RLIMIT_CPU, (1, 1)),
    }
    for name in _NUMBERS["x86_64"]:
        calls[name] = lambda name=name: _raw(name, 16 if name == "ptrace" else 0, parent)
    return calls


def _raw(name: str, *arguments: int) -> None:
    if _LIBC.syscall(_NUMBERS[platform.machine()][name], *arguments, 0, 0, 0) < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def raise_limit(kind: int) -> Callable[[], None]:
    """Ask for more of a resource than was left."""

    def ask() -> None:
        try:
            resource.setrlimit(kind, (1 << 40, 1 << 40))
        except ValueError as error:  # how Python says EPERM here
            raise PermissionError(errno.EPERM, str(error)) from None

    return ask


def start_thread() -> None:
    """Start a thread."""
    thread = threading.Thread(target=int)
    try:
        thread.start()
    except RuntimeError as error:
        raise PermissionError(errno.EPERM, str(error)) from None


def needs(pair: tuple[socket.socket, socket.socket], pdf: int) -> Calls:
    """What a worker does."""
    return {
        "descriptor": lambda: _pass_descriptor(pair, pdf),
        "poll": lambda: _poll(pair[0]),
        "cpu limit": _set_cpu_limit,
        "memory": lambda: bytearray(64 << 20),
        "time": lambda: (time.sleep(0.001), time.monotonic(), time.process_time()),
        "random": lambda: os.urandom(16),
        "signal handler": lambda: signal.signal(signal.SIGUSR1, signal.SIG_IGN),
        "affinity": lambda: os.sched_getaffinity(0),
        "pdfium, descriptor": lambda: _read_pdfium(os.fdopen(os.dup(pdf), "rb")),
        "pdfium, bytes": lambda: _read_pdfium(os.pread(pdf, 1 << 20, 0)),
        "pypdf": lambda: read_pypdf(os.pread(pdf, 1 << 20, 0)),
    }


def _pass_descriptor(pair: tuple[socket.socket, socket.socket], pdf: int) -> None:
    socket.send_fds(pair[0], [b"x"], [pdf])
    _, (descriptor,), _, _ = socket.recv_fds(pair[1], 1, 1)
    assert os.fstat(descriptor).st_size == os.lseek(descriptor, 0, os.SEEK_END)
    with mmap.mmap(descriptor, 0, prot=mmap.PROT_READ) as mapped:
        assert mapped[:5] == b"%PDF-"
    os.close(descriptor)


def _poll(channel: socket.socket) -> None:
    with select.epoll() as epoll:
        epoll.register(channel, select.EPOLLOUT)
        assert epoll.poll(1)
    assert select.select([], [channel], [], 1)[1]


def _set_cpu_limit() -> None:
    used = int(time.process_time())
    resource.setrlimit(resource.RLIMIT_CPU, (used + 60, resource.RLIM_INFINITY))
    assert resource.getrlimit(resource.RLIMIT_CPU)[0] == used + 60


def _read_pdfium(source: io.BufferedReader | bytes) -> None:
    with pypdfium2.PdfDocument(source, autoclose=True) as document:
        assert LINE in document[0].get_textpage().get_text_range()


def read_pypdf(data: bytes) -> None:
    """Parse with pypdf, decryption with it."""
    assert LINE in pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text()
