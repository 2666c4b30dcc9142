"""One daemon takes all hostile documents at once, each with an innocent one beside it; the tests look at what came."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ingestd.store import DocumentRow
from tests.eventually import eventually
from tests.hostile.documents import CASES, SECRET, fetching, obeying, orders
from tests.life.daemon import Daemon
from tests.pdfs import pdf, prose

SETTINGS = """
[executors]
cpu_workers = 2
[limits]
max_text = "1MiB"
worker_memory = "256MiB"
seconds_base = 2.0
seconds_per_page = 0.05
seconds_per_mib = 0.5
[pdf]
range_pages = 8
[throttle]
enabled = false
[watch]
settle_quiet = 0.05
settle_quiet_unfinished = 0.05
"""
WITHIN = 110.0


@dataclass
class Siege:
    """The daemon, still running, when it is done with everything."""

    daemon: Daemon
    rows: dict[str, DocumentRow]
    """By name of the case; innocent ones as ``beside NAME``."""
    peak: int
    """Bytes of memory that the daemon's own process had at most."""
    canary: Path
    calls: socket.socket
    """Listening; nobody may have called."""

    def outcome(self, name: str) -> str:
        """``done`` or the reason of the quarantine."""
        error = self.rows[name].error
        return str(error["type"]) if error else str(self.rows[name].status)


@pytest.fixture(scope="session")
def siege(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Siege]:
    """Everything dropped and worked off."""
    root = tmp_path_factory.mktemp("siege")
    daemon = Daemon(root, SETTINGS)
    with socket.create_server(("127.0.0.1", 0)) as calls:
        documents = _documents(root, calls.getsockname()[1])
        for name, data in documents.items():
            daemon.drop(f"{name}.pdf", data)
        daemon.start()
        try:
            ended = eventually(lambda: _ended(daemon, len(documents)), WITHIN, "not all is worked off")
            names = {hashlib.sha256(data).hexdigest(): name for name, data in documents.items()}
            rows = {names[row.sha256]: row for row in ended}
            yield Siege(daemon, rows, _peak(daemon), root / "canary", calls)
        finally:
            daemon.kill()


def _documents(root: Path, port: int) -> dict[str, bytes]:
    secret = root / "secret"
    secret.write_text(f"BT /F 12 Tf 50 500 Td ({SECRET}) Tj ET")
    hostile = {name: make() for name, (make, _) in CASES.items()}
    hostile |= {name: obeying(action) for name, action in orders(str(root / "canary"), port)}
    hostile["fetching"] = fetching(str(secret), port)
    innocent = {f"beside {name}": pdf(prose(n), marker=name) for n, name in enumerate(hostile)}
    return {name: data for pair in zip(hostile.items(), innocent.items(), strict=True) for name, data in pair}


def _ended(daemon: Daemon, count: int) -> list[DocumentRow]:
    assert daemon.process is not None
    assert daemon.process.poll() is None, "the daemon has ended"
    counts = daemon.documents()
    if counts.done + counts.quarantined < count:
        return []
    with daemon.catalog() as catalog:
        return list(catalog.documents())


def _peak(daemon: Daemon) -> int:
    assert daemon.process is not None
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
