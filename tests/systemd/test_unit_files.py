"""The unit files, looked at by systemd's own tools, offline: nothing is installed, no root is needed."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

SHIPPED = Path(__file__).parents[2] / "systemd"
EXPOSURE_WITH_NETWORK = 1.4
EXPOSURE_WITHOUT_NETWORK = 0.6

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="needs systemd-analyze (Debian: apt-get install systemd)"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root directory with our unit in it and the programs that it names."""
    unit = tmp_path / "etc/systemd/system/ingestd.service"
    unit.parent.mkdir(parents=True)
    shutil.copy(SHIPPED / "ingestd.service", unit)
    for program in ("opt/ingestd/current/bin/ingestd", "bin/sh"):
        stub = tmp_path / program
        stub.parent.mkdir(parents=True, exist_ok=True)
        stub.write_text("#!/bin/sh\n")
        stub.chmod(0o755)
    return tmp_path


def _enable_drop_in(root: Path, name: str) -> None:
    target = root / "etc/systemd/system/ingestd.service.d" / name
    target.parent.mkdir()
    shutil.copy(SHIPPED / name, target)


def _analyze(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", *arguments, f"--root={root}", "--no-pager", "ingestd.service"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def _verify(root: Path) -> str:
    """What systemd has to say against the unit: nothing, if all is well."""
    result = _analyze(root, "verify", "--recursive-errors=no", "--man=no")
    complaints = [line for line in result.stderr.splitlines() if "ingestd.service" in line]
    return "\n".join(complaints) if complaints or not result.returncode else result.stderr


def _exposure(root: Path) -> float:
    """Overall exposure, from 0 (safe) to 10."""
    report = _analyze(root, "security", "--offline=yes").stdout
    return float(report.rsplit("ingestd.service: ", 1)[1].split()[0])


def test_systemd_accepts_the_unit(root: Path) -> None:
    """Every line of the unit means something to systemd, and the programs it starts have a place."""
    assert _verify(root) == ""


def test_systemd_accepts_the_unit_without_network(root: Path) -> None:
    """The drop-in fits the unit."""
    _enable_drop_in(root, "no-network.conf")
    assert _verify(root) == ""


def test_a_mistake_in_the_unit_is_seen(root: Path) -> None:
    """The check above is able to fail."""
    unit = root / "etc/systemd/system/ingestd.service"
    unit.write_text(unit.read_text().replace("KillMode=mixed", "KillMode=gently"))
    assert "kill mode" in _verify(root)


def test_exposure_with_network(root: Path) -> None:
    """The unit itself, which may use the network, gives an attacker little."""
    assert _exposure(root) <= EXPOSURE_WITH_NETWORK


def test_exposure_without_network(root: Path) -> None:
    """The unit as it is installed, with the no-network drop-in, gives next to nothing."""
    _enable_drop_in(root, "no-network.conf")
    assert _exposure(root) <= EXPOSURE_WITHOUT_NETWORK


def test_workers_keep_the_calls_that_lock_them_in(root: Path) -> None:
    """The filter leaves Landlock and seccomp to the workers, and nothing for the privileged."""
    unit = (SHIPPED / "ingestd.service").read_text().splitlines()
    allowed = " ".join(line.partition("=")[2] for line in unit if line.startswith("SystemCallFilter="))
    assert {"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "seccomp"} <= set(
        allowed.split()
    )
    report = json.loads(_analyze(root, "security", "--offline=yes", "--json=short").stdout)
    assert {entry["set"] for entry in report if entry["json_field"].startswith("SystemCallFilter_")} == {True}


def test_systemd_waits_longer_than_the_daemon_drains() -> None:
    """``TimeoutStopSec`` exceeds the default ``drain_timeout``: a drain is never cut short by a kill."""
    from ingestd.config import Settings

    unit = (SHIPPED / "ingestd.service").read_text()
    patience = float(unit.split("TimeoutStopSec=")[1].split()[0])
    assert patience >= Settings().drain_timeout + 5
