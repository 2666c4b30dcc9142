"""Landlock: no file system, no network, no signals to processes outside."""

from __future__ import annotations

import ctypes
import os

from ingestd.sandbox.kernel import LayerUnavailable, system_call

# The same numbers on every architecture.
_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_CREATE_RULESET_VERSION = 1
_RESTRICT_SELF_TSYNC = 1 << 3
_TSYNC_SINCE = 8

_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""Rights to files that an ABI knows: executing to making links, then moving, cutting, device control."""
_NETWORK_SINCE, _SCOPES_SINCE = 4, 6
_TCP = 0b11
"""Binding and connecting."""
_SCOPES = 0b11
"""Abstract sockets and signals."""


class _Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64)]


def landlock_abi() -> int:
    """The version of Landlock the kernel offers, 0 for none."""
    try:
        return system_call(_CREATE_RULESET, None, 0, _CREATE_RULESET_VERSION)
    except OSError:
        return 0


def restrict(abi: int, threads: int) -> None:
    """Take every right that ``abi`` can take, with no exception; open descriptors stay usable.

    Raises ``LayerUnavailable`` or ``OSError``.
    """
    if abi < 1:
        raise LayerUnavailable("the kernel offers no Landlock, or a filter around this process hides it")
    if threads > 1 and abi < _TSYNC_SINCE:
        raise LayerUnavailable(f"the process has {threads} threads, and Landlock here binds only one")
    rights = _Ruleset(
        files=(1 << _FILE_RIGHTS[min(abi, max(_FILE_RIGHTS))]) - 1,
        network=_TCP if abi >= _NETWORK_SINCE else 0,
        scopes=_SCOPES if abi >= _SCOPES_SINCE else 0,
    )
    size = 8 * (1 + (abi >= _NETWORK_SINCE) + (abi >= _SCOPES_SINCE))
    ruleset = system_call(_CREATE_RULESET, rights, size, 0)
    try:
        system_call(_RESTRICT_SELF, ruleset, _RESTRICT_SELF_TSYNC if threads > 1 else 0)
    finally:
        os.close(ruleset)
