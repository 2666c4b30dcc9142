"""What this process may use: affinity and quotas of control groups."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest

from ingestd.concurrency import machine


def test_affinity_bounds_the_processors() -> None:
    """Never more processors than the affinity mask holds."""
    assert 0 < machine.usable_cpus() <= len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("parent", "own", "expected"),
    [
        ("max 100000", "150000 100000", 1.5),
        ("50000 100000", "max 100000", 0.5),
        ("max 100000", "max 100000", math.inf),
    ],
)
def test_quota_of_any_group_above_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parent: str, own: str, expected: float
) -> None:
    """The tightest ``cpu.max`` on the way to the root is the quota."""
    group = tmp_path / "root" / "slice" / "unit"
    group.mkdir(parents=True)
    (group.parent / "cpu.max").write_text(parent)
    (group / "cpu.max").write_text(own)
    cgroup = tmp_path / "cgroup"
    cgroup.write_text("4:memory:/elsewhere\n0::/slice/unit\n")
    monkeypatch.setattr(machine, "_UNIFIED", (tmp_path / "root",))
    assert machine.cpu_quota(cgroup) == expected
    assert machine.own_cgroup(cgroup) == group


def test_version_1_quota(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files of version 1 say the same in two parts; -1 is no quota."""
    (tmp_path / "cpu.cfs_quota_us").write_text("300000")
    (tmp_path / "cpu.cfs_period_us").write_text("100000")
    cgroup = tmp_path / "cgroup"
    cgroup.write_text("2:cpu,cpuacct:/\n")
    monkeypatch.setattr(machine, "_V1_CPU", (tmp_path,))
    assert machine.cpu_quota(cgroup) == 3.0
    (tmp_path / "cpu.cfs_quota_us").write_text("-1")
    assert machine.cpu_quota(cgroup) == math.inf
