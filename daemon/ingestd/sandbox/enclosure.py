"""The layers in their order, and the report of which ones stand."""

from __future__ import annotations

import ctypes
import resource
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from ingestd.sandbox.kernel import LayerUnavailable, standing
from ingestd.sandbox.landlock import landlock_abi, restrict
from ingestd.sandbox.machine import Machine, this_machine
from ingestd.sandbox.privileges import drop_privileges
from ingestd.sandbox.seccomp import install


class SandboxLimits(NamedTuple):
    """What a worker may use from now on."""

    memory: int
    """Bytes of address space beyond what is mapped when the sandbox closes."""
    open_files: int = 64


class SandboxReport(NamedTuple):
    """Which layers stand in a worker."""

    layers: tuple[str, ...]
    missing: dict[str, str]
    """Why a layer does not stand, by its name."""
    landlock_abi: int

    @property
    def level(self) -> Literal["full", "partial", "none"]:
        """``none``: neither Landlock nor seccomp stands, so the worker can still open files."""
        if not self.missing:
            return "full"
        return "partial" if {"landlock", "seccomp"} & set(self.layers) else "none"

    def to_dict(self) -> dict[str, Any]:
        """``level``, ``layers``, ``missing`` (reason by layer), ``landlock_abi``."""
        return {
            "level": self.level,
            "layers": list(self.layers),
            "missing": dict(self.missing),
            "landlock_abi": self.landlock_abi,
        }


def close(limits: SandboxLimits) -> SandboxReport:
    """Give up, for good, everything a parser does not need; open descriptors stay.

    Call it once, in a process of one thread, when all that will be imported is imported. It never
    raises: a layer that cannot be had is missing in the report. Afterwards a refused call fails with
    ``PermissionError``; no thread and no process can be started, no file opened, no code loaded.
    """
    _prepare_callbacks()
    abi, before = landlock_abi(), standing()
    machine, no_machine = _machine()
    steps: dict[str, Callable[[], None]] = {
        "privileges": lambda: drop_privileges(machine, before.capable),
        "limits": lambda: _limit(before.mapped + limits.memory, limits.open_files),
        "landlock": lambda: restrict(abi, before.threads),
        # Last: it forbids the calls that the others need.
        "seccomp": lambda: _filter(machine, no_machine),
    }
    missing: dict[str, str] = {}
    for name, step in steps.items():
        try:
            step()
        except (LayerUnavailable, OSError, ValueError) as error:
            missing[name] = str(error)
    return SandboxReport(tuple(name for name in steps if name not in missing), missing, abi)


def _prepare_callbacks() -> None:
    """Have libffi map its page of callbacks: pdfium reads files through one; later none can be mapped."""
    ctypes.CFUNCTYPE(None)(_nothing)


def _nothing() -> None:
    return None


def _machine() -> tuple[Machine | None, str]:
    try:
        return this_machine(), ""
    except LayerUnavailable as error:
        return None, str(error)


def _filter(machine: Machine | None, reason: str) -> None:
    if machine is None:
        raise LayerUnavailable(reason)
    install(machine)


def _limit(address_space: int, open_files: int) -> None:
    for kind, value in (
        (resource.RLIMIT_AS, address_space),
        (resource.RLIMIT_NOFILE, open_files),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (bound, bound))
