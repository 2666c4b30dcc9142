"""What systemd is told, on a real datagram socket."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestd import notify


@pytest.fixture
def notifier(systemd: socket.socket) -> Iterator[notify.Notifier]:
    """Connected to it."""
    made = notify.connect()
    yield made
    made.close()


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The other end of the notification socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.settimeout(5)
        listener.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield listener


def test_ready_travels_alone(systemd: socket.socket, notifier: notify.Notifier) -> None:
    """No status text can hold a start up."""
    notifier.ready()
    assert b"READY=1" == systemd.recv(4096)


def test_status_is_ascii_and_sent_when_it_changes(systemd: socket.socket, notifier: notify.Notifier) -> None:
    """The package drops what is not Latin-1, so nothing else is given to it."""
    notifier.status("caf\u00e9 \u2603\nx")
    notifier.status("caf\u00e9 \u2603\nx")
    notifier.status("done")
    assert b"STATUS=caf\\xe9 \\u2603 x" == systemd.recv(4096)
    assert b"STATUS=done" == systemd.recv(4096)


def test_a_reload_says_when_it_began(systemd: socket.socket, notifier: notify.Notifier) -> None:
    """systemd matches the answer to its request by the clock."""
    notifier.reloading()
    kind, when = systemd.recv(4096).split(b"\n")
    assert b"RELOADING=1" == kind
    assert when.startswith(b"MONOTONIC_USEC=")


def test_the_watchdog_is_pinged_at_half_its_time(systemd: socket.socket) -> None:
    """And only by the process it is meant for."""
    for pid, expected in ((str(os.getpid()), 15.0), ("1", None)):
        environ = os.environ | {"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": pid}
        notifier = notify.connect(environ)
        assert expected == notifier.watchdog_interval
        notifier.close()


def test_without_a_socket_nothing_happens() -> None:
    """The daemon runs in a terminal just as well."""
    notifier = notify.connect({})
    for say in (notifier.ready, notifier.reloading, notifier.stopping, notifier.ping):
        say()
    notifier.status("x")
    notifier.extend_timeout(1.0)
    assert notifier.watchdog_interval is None
