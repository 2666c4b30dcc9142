"""Tests of Landlock alone: it must hold where seccomp cannot be had."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ingestd.sandbox.kernel import LayerUnavailable
from ingestd.sandbox.landlock import landlock_abi, restrict
from tests.sandbox.conftest import Prisoner

needs_landlock = pytest.mark.skipif(landlock_abi() == 0, reason="the kernel offers no Landlock")


@needs_landlock
def test_files_network_and_signals(imprison: Callable[..., Prisoner]) -> None:
    """No file, and by the kernel's age no connection and no signal to the parent."""
    answer = imprison("landlock").answer
    assert set(answer["files"].values()) == {"EACCES"}, answer["files"]
    if answer["abi"] >= 4:
        assert answer["network"] == {"connect": "EACCES"}
    if answer["abi"] >= 6:
        assert answer["signals"] == {"kill": "EPERM"}


def test_without_landlock() -> None:
    """An old kernel, and a process of many threads, are named as the reason."""
    with pytest.raises(LayerUnavailable, match="no Landlock"):
        restrict(0, 1)
    with pytest.raises(LayerUnavailable, match="3 threads"):
        restrict(7, 3)
