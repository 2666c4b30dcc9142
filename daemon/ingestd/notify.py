"""Talking to systemd: READY, STATUS, WATCHDOG, STOPPING, through the ``sdnotify`` package.

Without a notification socket every call does nothing. STATUS is ASCII (the package encodes Latin-1
and drops what does not fit), and READY travels in a message of its own, so that no odd file name can
hold up a start.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Protocol

import sdnotify


class Notifier(Protocol):
    """What the daemon tells its supervisor."""

    watchdog_interval: float | None
    """Seconds between two pings, or None when the supervisor expects none."""

    def ready(self) -> None: ...
    def reloading(self) -> None: ...
    def stopping(self) -> None: ...
    def ping(self) -> None: ...
    def status(self, text: str) -> None: ...
    def extend_timeout(self, seconds: float) -> None: ...
    def close(self) -> None: ...


class NullNotifier:
    """Nobody listens."""

    watchdog_interval: float | None = None

    def ready(self) -> None:
        pass

    def reloading(self) -> None:
        pass

    def stopping(self) -> None:
        pass

    def ping(self) -> None:
        pass

    def status(self, text: str) -> None:
        pass

    def extend_timeout(self, seconds: float) -> None:
        pass

    def close(self) -> None:
        pass


class SystemdNotifier:
    """systemd listens on the socket it named."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._socket = sdnotify.SystemdNotifier()
        self._last_status = ""
        self.watchdog_interval = _watchdog_interval(environ)

    def ready(self) -> None:
        """The start, or a reload, is done."""
        self._socket.notify("READY=1")

    def reloading(self) -> None:
        """A reload begins; systemd wants the instant, on the monotonic clock."""
        self._socket.notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """The drain begins."""
        self._socket.notify("STOPPING=1")

    def ping(self) -> None:
        """The daemon makes progress."""
        self._socket.notify("WATCHDOG=1")

    def status(self, text: str) -> None:
        """One line for ``systemctl status``; sent only when it differs from the last."""
        line = text.encode("ascii", "backslashreplace").decode("ascii").replace("\n", " ")
        if line != self._last_status:
            self._last_status = line
            self._socket.notify(f"STATUS={line}")

    def extend_timeout(self, seconds: float) -> None:
        """Asks for that much more patience from now on."""
        self._socket.notify(f"EXTEND_TIMEOUT_USEC={int(seconds * 1e6)}")

    def close(self) -> None:
        """Says nothing more."""
        self._socket.socket.close()


def _watchdog_interval(environ: Mapping[str, str]) -> float | None:
    if environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    usec = environ.get("WATCHDOG_USEC", "")
    # systemd advises half the period, so that one late ping does no harm.
    return int(usec) / 2e6 if usec.isdigit() and int(usec) > 0 else None


def connect(environ: Mapping[str, str] = os.environ) -> Notifier:
    """The notifier for this process."""
    return SystemdNotifier(environ) if environ.get("NOTIFY_SOCKET") else NullNotifier()
