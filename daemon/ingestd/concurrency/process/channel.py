"""The sockets between processes: whole packets, or none."""

from __future__ import annotations

import socket

PACKET = 192 * 1024
"""Bytes in a packet at most; a socket takes that at the kernel's default limits."""


def pair() -> tuple[socket.socket, socket.socket]:
    """Two connected ends that take a ``PACKET`` at once."""
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in (near, far):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, PACKET)
        end.setblocking(True)
    return near, far
