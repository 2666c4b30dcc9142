"""Named points at which a test can make the program die or fail; off, a point is one empty call.

``INGESTD_FAULTS`` holds ``NAME:ACTION[@N]`` joined by commas and is read once at import: at the N-th
(default first) passing of point NAME the action happens. Actions: ``kill`` (SIGKILL to this process),
an errno name such as ``ENOSPC`` (raised as ``OSError``), or ``hang`` (sleeps for ever).
An errno action with ``@N+`` happens at every passing from the N-th on; with ``@N-M`` from the N-th to
the M-th. A point's name is ``part.step``, said where it stands, as ``accept.copied``.
"""

from __future__ import annotations

import errno
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

VARIABLE = "INGESTD_FAULTS"


class _Fault(NamedTuple):
    action: str
    first: int
    last: int


class _Armed:
    """Counts passings and acts on those that the specification names."""

    def __init__(self, specification: str) -> None:
        self._faults = dict(_parse(item) for item in specification.split(",") if item.strip())
        self._passed: dict[str, int] = {}
        self._lock = threading.Lock()

    def __call__(self, name: str) -> None:
        fault = self._faults.get(name)
        if fault is None:
            return
        with self._lock:
            self._passed[name] = count = self._passed.get(name, 0) + 1
        if fault.first <= count <= fault.last:
            _act(fault.action, name)


def _parse(item: str) -> tuple[str, _Fault]:
    name, _, rest = item.strip().partition(":")
    action, _, when = rest.partition("@")
    if action not in ("kill", "hang") and not isinstance(getattr(errno, action, None), int):
        raise ValueError(f"{VARIABLE}: unknown action {action!r} in {item!r}")
    if when.endswith("+"):
        return name, _Fault(action, int(when[:-1]), 2**63)
    first, _, last = when.partition("-")
    return name, _Fault(action, int(first or 1), int(last or first or 1))


def _act(action: str, name: str) -> None:
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "hang":
        while True:
            time.sleep(3600)
    else:
        code: int = getattr(errno, action)
        raise OSError(code, f"{os.strerror(code)} (injected at {name})")


def _off(name: str) -> None:
    """No fault is armed."""


point: Callable[[str], None] = _Armed(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else _off
"""Call with the name of the step just finished."""
