"""The process executor is a drop-in for the standard one: CPython's own tests say so."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

DEBIAN = Path(f"/usr/lib/python{sys.version_info.major}.{sys.version_info.minor}/test")


def _is_complete(directory: Path) -> bool:
    whole = any(
        (directory / name).exists() for name in ("test_concurrent_futures.py", "test_concurrent_futures")
    )
    return whole and (directory / "support").exists()


def _suite() -> Path | None:
    spec = importlib.util.find_spec("test")
    own = [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
    return next((place for place in [*own, DEBIAN] if _is_complete(place)), None)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_cpythons_executor_tests_pass(tmp_path: Path) -> None:
    """Every test of CPython for process pools passes, save those left out by name with a reason."""
    directory = _suite()
    if directory is None:
        package = f"libpython{sys.version_info.major}.{sys.version_info.minor}-testsuite"
        pytest.skip(f"this python has no test_concurrent_futures: install Debian's package {package}")
    report_file = tmp_path / "report.json"
    run = subprocess.run(
        [sys.executable, "-m", "tests.concurrency.cpython_suite", str(directory), str(report_file)],
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert run.returncode == 0, run.stderr
    report = json.loads(report_file.read_text(encoding="utf-8"))
    assert report["failed"] == [], "\n".join(report["failed"])
    assert report["ran"] - len(report["skipped"]) >= 30
