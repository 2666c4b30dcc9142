"""The door: the first thing it does is what takes longest, and it loads nothing that a run does not use."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ingestd import system
from ingestd.command import Source

LATE = {
    "multiprocessing.connection", "numpy", "psutil", "pypdf", "pypdfium2", "rich", "tomllib", "tqdm",
    "ingestd.chunking", "ingestd.concepts", "ingestd.pdf.answers", "ingestd.pdf.survey", "ingestd.sandbox",
    "ingestd.store.searching", "ingestd.watch.emitter",
}  # fmt: skip
"""What only workers, searches, failures, terminals and long documents need."""


def _loaded(ending: str, *arguments: str) -> set[str]:
    """The modules that the door has loaded when ``ending``, as ``sys.exit`` or so, is called."""
    return set(_said("*sys.modules", ending, *arguments).split())


def _said(what: str, ending: str, *arguments: str) -> str:
    """What an expression is when ``ending`` is called."""
    script = (
        "import gc, os, sys\nfrom ingestd.cli import main\nreal = os._exit\n"
        f"def ended(*_, **__): print('said', {what}, flush=True); real(0)\n{ending} = ended\nmain()"
    )
    command = [sys.executable, "-c", script, *arguments]
    # The throttle looks at the machine after a second of work, if a run takes that long.
    environ = os.environ | {"INGESTD_THROTTLE_ENABLED": "false"}
    out = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, env=environ).stdout
    return out.rpartition("said")[2].strip()


def test_the_daemon_loads_what_it_uses(tmp_path: Path) -> None:
    """Each module costs a start, and memory for ever: a pass over an empty inbox needs few."""
    (tmp_path / "in").mkdir()
    loaded = _loaded("os._exit", "--once", "--inbox", f"{tmp_path}/in", "--state-dir", f"{tmp_path}/state")
    assert "ingestd.service.life" in loaded
    assert LATE & loaded == set()


def test_garbage_is_looked_for_while_it_runs(tmp_path: Path) -> None:
    """Not before: what is imported stays. Then among what is new, since a daemon runs for months."""
    (tmp_path / "in").mkdir()
    arguments = ("--once", "--inbox", f"{tmp_path}/in", "--state-dir", f"{tmp_path}/state")
    question = "gc.isenabled(), gc.get_freeze_count() > 1_000"
    assert _said(question, "os.posix_spawn", *arguments) == "False False"
    assert _said(question, "os._exit", *arguments) == "True True"


def test_the_workers_ground_comes_first(tmp_path: Path) -> None:
    """The process that forks workers is launched before the daemon loads what is its own."""
    loaded = _loaded("os.posix_spawn", "--once", "--inbox", str(tmp_path))
    assert "ingestd.concurrency.process.launch" in loaded
    slow = {"click", "asyncio", "pathlib", "multiprocessing"}
    assert (slow | {"ingestd.command", "ingestd.config", "ingestd.errors"}) & loaded == set()


def test_a_state_directory_of_its_own_has_no_part_in_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service's configuration is the default of the service alone; whoever runs beside it may not even read it."""
    monkeypatch.setattr(system, "SYSTEM_CONFIG", tmp_path / "service.toml")
    assert system.default_config(None) is None
    (tmp_path / "service.toml").write_text(f'[[inbox]]\npath = "{tmp_path}/scans"\n[pdf]\nrange_pages = 7')
    service = Source(None, (), None).load()
    assert (tmp_path / "scans", 7) == (service.inbox[0].path, service.pdf.range_pages)
    own = Source(None, (tmp_path / "in",), tmp_path / "state").load()
    assert (tmp_path / "in", 48) == (own.inbox[0].path, own.pdf.range_pages)
    assert 7 == Source(tmp_path / "service.toml", (), tmp_path / "state").load().pdf.range_pages


@pytest.mark.parametrize("question", ["-h", "--help", "--version", "--check-config"])
def test_a_question_starts_no_process(question: str, tmp_path: Path) -> None:
    """What is answered at once launches nothing."""
    loaded = _loaded("sys.exit", question, "--inbox", str(tmp_path))
    assert "ingestd.command" in loaded
    assert "ingestd.concurrency.process.launch" not in loaded


def test_what_is_late_for_one_pass_is_not_for_a_daemon() -> None:
    """Who runs for weeks has it all before a shortage comes, all that the run itself may still ask for."""
    script = (
        "from ingestd.service.build import load_the_rest; load_the_rest(); import sys; print(*sys.modules)"
    )
    command = [sys.executable, "-c", script]
    loaded = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.split()
    assert {"ingestd.chunking", "ingestd.pdf.survey", "psutil", "multiprocessing.connection"} <= set(loaded)
