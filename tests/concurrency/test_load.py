"""Reading the machine: own work with all its descendants, pressure, the memory limit of a control group."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from ingestd.concurrency import load as module
from ingestd.concurrency.load import MachineLoad
from tests.eventually import eventually

GRANDCHILD = """
import subprocess, sys
spin = "import time\\nwhile time.process_time() < 0.3: pass"
subprocess.run([sys.executable, "-c", spin])
print("done", flush=True)
sys.stdin.read()
"""


def test_first_sample_has_nothing_to_compare_with() -> None:
    """Only differences count; forgetting begins anew."""
    source = MachineLoad()
    assert source.sample() is None
    sampled = eventually(source.sample)
    assert 0 <= sampled.cpu_others <= sampled.cpu <= 100
    assert 0 <= sampled.memory_others <= 100
    source.forget()
    assert source.sample() is None


def test_a_busy_share_stays_between_0_and_100(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the kernel's idle time ran ahead of the rest since the sample before."""
    first = psutil.cpu_times(percpu=True)
    later = [times._replace(user=times.user - 0.01, idle=times.idle + 1.0) for times in first]
    readings = iter([first, later])
    monkeypatch.setattr(psutil, "cpu_times", lambda percpu: next(readings))
    source = MachineLoad()
    assert source.sample() is None
    sampled = source.sample()
    assert sampled is not None
    assert 0.0 == sampled.cpu == sampled.cpu_others


def test_work_of_descendants_is_ours_also_once_they_have_ended() -> None:
    """A grandchild's processor time stays in the sum after it is gone: no jump back, no load of others."""
    before, _ = module._own_work()
    child = subprocess.Popen(
        [sys.executable, "-c", GRANDCHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    child.stdout.readline()
    during, resident = module._own_work()
    child.communicate()
    after, _ = module._own_work()
    assert during - before >= 0.3 - 2 / module._TICKS  # user and system time are each cut to a whole tick
    assert after >= during
    assert resident > 10 * 2**20


def test_pressure_files_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Totals in seconds by resource and kind; a kernel without them gives none."""
    line = "some avg10=0.41 avg60=0.83 avg300=10.15 total=96519332\n"
    line += "full avg10=0.00 avg60=0.00 avg300=0.00 total=2\n"
    (tmp_path / "cpu").write_text(line)
    monkeypatch.setattr(module, "_PRESSURE", tmp_path)
    assert module._pressures() == {"cpu some": 96.519332, "cpu full": 2e-6}
    monkeypatch.setattr(module, "_PRESSURE", tmp_path / "none")
    assert module._pressures() == {}


def test_memory_limit_counts_without_the_file_cache(tmp_path: Path) -> None:
    """Pages of files that can be dropped at any time are no use of memory."""
    files = {
        "memory.high": "max",
        "memory.max": "1000",
        "memory.current": "900",
        "memory.stat": "anon 500\nactive_file 100\ninactive_file 200\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert module._memory_of_limit(tmp_path) == 60.0
    (tmp_path / "memory.max").write_text("max")
    assert module._memory_of_limit(tmp_path) is None
    assert module._memory_of_limit(None) is None


def test_a_look_is_cheap() -> None:
    """One sample a second must cost next to nothing, with threads around."""
    source = MachineLoad()
    source.sample()
    began = os.times()
    for _ in range(20):
        source.sample()
    ended = os.times()
    assert (ended.user + ended.system - began.user - began.system) / 20 < 0.02
