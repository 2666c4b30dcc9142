"""Tests of the sandbox as a whole, in real processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingestd.sandbox import SandboxReport
from ingestd.sandbox.kernel import LayerUnavailable
from ingestd.sandbox.landlock import landlock_abi
from ingestd.sandbox.machine import this_machine
from tests.sandbox.conftest import Prisoner

Imprison = Callable[..., Prisoner]
ALL = ("privileges", "limits", "landlock", "seccomp")

users = pytest.mark.parametrize(
    "user",
    [
        (),
        pytest.param(
            ("nobody",), marks=pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
        ),
    ],
    ids=["same user", "ordinary user"],
)


def require(report: dict[str, Any], layer: str) -> None:
    if layer in report["missing"]:
        pytest.skip(f"{layer}: {report['missing'][layer]}")


@users
def test_nothing_but_parsing_is_left(imprison: Imprison, user: tuple[str, ...]) -> None:
    """Files, network, processes, signals, tracing, code and larger limits are all refused; parsing works."""
    answer = imprison(*user).answer
    require(answer["report"], "seccomp")
    assert set(answer["forbidden"].values()) <= {"EPERM", "EACCES"}, answer["forbidden"]
    assert set(answer["needs"].values()) == {"ok"}, answer["needs"]


@users
def test_the_report_tells_what_stands(imprison: Imprison, user: tuple[str, ...]) -> None:
    """Where the kernel has every layer, every layer stands, at a cost of milliseconds."""
    answer = imprison(*user).answer
    report = answer["report"]
    assert set(report["layers"]) | set(report["missing"]) == set(ALL)
    assert report["landlock_abi"] == landlock_abi()
    if landlock_abi() > 0 and _machine_known():
        assert report["level"] == "full", report["missing"]
    assert answer["milliseconds"] < 100


def _machine_known() -> bool:
    try:
        this_machine()
    except LayerUnavailable:
        return False
    return True


def test_the_file_is_left_as_it_was(imprison: Imprison, pdf: Path) -> None:
    """Nothing that was tried has touched the file or its folder."""
    before = pdf.read_bytes()
    imprison()
    assert [entry.name for entry in pdf.parent.iterdir()] == [pdf.name]
    assert pdf.read_bytes() == before


def test_a_library_may_abort(imprison: Imprison) -> None:
    """``abort()`` ends the process by its own signal, by which the engine knows the cause."""
    assert imprison("abort").process.wait(10) == -signal.SIGABRT


def test_death_with_the_daemon(imprison: Imprison) -> None:
    """A busy worker dies when the writer of its life pipe goes."""
    process = imprison("spin").process
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(10) == -signal.SIGKILL


def test_the_memory_limit_bites(imprison: Imprison) -> None:
    """Past its memory a task gets ``MemoryError``, and nothing else on the machine notices."""
    process = imprison("bloat").process
    assert process.wait(10) == 1
    assert process.stderr is not None
    assert process.stderr.read().endswith("MemoryError\n")


@pytest.mark.parametrize(
    ("missing", "level"),
    [
        ({}, "full"),
        ({"landlock": "old kernel"}, "partial"),
        ({"limits": "odd"}, "partial"),
        ({"landlock": "old kernel", "seccomp": "no table"}, "none"),
    ],
)
def test_levels(missing: dict[str, str], level: str) -> None:
    """Without Landlock and seccomp there is no sandbox to speak of."""
    report = SandboxReport(tuple(name for name in ALL if name not in missing), missing, 7)
    assert report.level == level
    assert report.to_dict() == {
        "level": level, "layers": list(report.layers), "missing": missing, "landlock_abi": 7,
    }  # fmt: skip
