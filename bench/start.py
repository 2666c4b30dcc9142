"""Seconds to READY with a large catalog and a large backlog, after a clean end and after a kill.

The backlog waits in the spool (accepted, not worked on), or lies in the inbox.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from pathlib import Path
from typing import Any

from bench.daemon import Daemon, workspace
from bench.documents import many, one
from bench.figures import Figures, table
from bench.store import NOW, Corpus
from ingestd.config import Limits
from ingestd.model import FileIdentity, Settled, Spooled
from ingestd.spool import Spool
from ingestd.store import Place, Store, open_store

PIECE = 1000


def options(parser: argparse.ArgumentParser) -> None:
    """Of this benchmark."""
    parser.add_argument("--catalogued", type=int, default=100_000)
    parser.add_argument("--waiting", type=int, default=100_000)
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--dir", type=Path, help="where to work")


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure and print."""
    figures: dict[str, Figures] = {}
    with workspace(arguments.dir) as root:
        (root / "inbox").mkdir()
        figures["empty"] = _starts(root, arguments.starts)
        _fill(root / "state", arguments.catalogued, arguments.waiting)
        figures["backlog in the spool"] = _starts(root, arguments.starts)
    with workspace(arguments.dir) as root:
        (root / "inbox").mkdir()
        _fill(root / "state", arguments.catalogued, 0)
        many(root / "inbox", arguments.waiting, lines=4)
        figures["backlog in the inbox"] = _starts(root, arguments.starts)
    table(figures)
    return figures


def _starts(root: Path, count: int) -> Figures:
    """The first start meets cold files; each is ended by SIGTERM, then one by SIGKILL."""
    figures: Figures = {}
    for number in range(1, count + 1):
        daemon = Daemon(root)
        figures[f"start_{number}_s"] = round(daemon.ready(), 3)
        daemon.stop()
    daemon = Daemon(root)
    daemon.ready()
    daemon.process.kill()
    daemon.process.wait()
    time.sleep(0.5)
    daemon = Daemon(root)
    figures["after_kill_s"] = round(daemon.ready(), 3)
    daemon.stop()
    return figures


def _fill(state: Path, catalogued: int, waiting: int) -> None:
    """Documents as if they had come the long way, without parsing any."""
    state.mkdir(mode=0o700, exist_ok=True)
    Spool(state, Limits())  # makes the directories
    store = open_store(state)
    extract = Corpus().extract(1)
    for begin in range(0, catalogued, PIECE):
        batch = [_spooled(f"done {n}".encode()) for n in range(begin, min(begin + PIECE, catalogued))]
        store.accept(batch, NOW)
        claims = store.claim("bench", len(batch), NOW)
        _complete(store, claims, extract)
    for begin in range(0, waiting, PIECE):
        bodies = [one(n, lines=4) for n in range(begin, min(begin + PIECE, waiting))]
        batch = [_spooled(body) for body in bodies]
        for item, body in zip(batch, bodies, strict=True):
            (state / "spool" / f"{item.sha256}.pdf").write_bytes(body)
        store.accept(batch, NOW)
    store.close()


def _complete(store: Store, claims: list[Any], extract: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda claim: store.complete(claim, extract, NOW), claims))
    store.moved([claim.sha256 for claim in claims], Place.ARCHIVE)


def _spooled(body: bytes) -> Spooled:
    digest = hashlib.sha256(body).hexdigest()
    return Spooled(
        digest, len(body), Settled("/inbox", f"/inbox/{digest}.pdf".encode(), FileIdentity(1, 2, 3, 4))
    )
