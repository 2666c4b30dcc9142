"""The door: the first thing it does is what takes longest, and it loads nothing that a run does not use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LATE = {
    "apsw.shell", "email", "importlib.metadata", "numpy", "psutil", "pypdf", "pypdfium2", "rich",
    "tenacity", "tqdm",
    "ingestd.chunking", "ingestd.concepts", "ingestd.pdf.answers", "ingestd.pdf.survey", "ingestd.sandbox",
    "ingestd.store.searching",
}  # fmt: skip
"""What only workers, searches, failures, terminals and long documents need."""


def _loaded(ending: str, *arguments: str) -> set[str]:
    """The modules that the door has loaded when ``ending``, an assignment to ``sys.exit`` or so, is called."""
    script = (
        "import os, sys\nfrom ingestd.cli import main\nreal = os._exit\n"
        f"def ended(*_, **__): print('modules', *sys.modules, flush=True); real(0)\n{ending} = ended\nmain()"
    )
    command = [sys.executable, "-c", script, *arguments]
    out = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    return set(out.rpartition("modules")[2].split())


def test_the_daemon_loads_what_it_uses(tmp_path: Path) -> None:
    """Each module costs a start, and memory for ever: a pass over an empty inbox needs few."""
    (tmp_path / "in").mkdir()
    loaded = _loaded("os._exit", "--once", "--inbox", f"{tmp_path}/in", "--state-dir", f"{tmp_path}/state")
    assert "ingestd.service.life" in loaded
    assert LATE & loaded == set()


def test_the_workers_ground_comes_first(tmp_path: Path) -> None:
    """The process that forks workers is launched before the daemon loads what is its own."""
    loaded = _loaded("os.posix_spawn", "--once", "--inbox", str(tmp_path))
    assert "ingestd.concurrency.process.launch" in loaded
    assert {"click", "asyncio", "ingestd.command", "ingestd.config", "ingestd.errors"} & loaded == set()


@pytest.mark.parametrize("question", ["-h", "--help", "--version", "--check-config"])
def test_a_question_starts_no_process(question: str, tmp_path: Path) -> None:
    """What is answered at once launches nothing."""
    loaded = _loaded("sys.exit", question, "--inbox", str(tmp_path))
    assert "ingestd.command" in loaded
    assert "ingestd.concurrency.process.launch" not in loaded
