"""SIGKILL at any instant, again and again: the books balance after each."""

from __future__ import annotations

import contextlib
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

from ingestd import control
from ingestd.errors import IngestError
from tests.chaos.books import WAITING, Books
from tests.chaos.points import all_points
from tests.chaos.senders import LEFT_ALONE, Senders
from tests.eventually import eventually
from tests.life.daemon import Daemon

SETTINGS = """
drain_timeout = 10
[executors]
cpu_workers = 2
[throttle]
enabled = false
[retry]
first_delay = 0.05
max_delay = 0.5
[breaker]
recovery_timeout = 0.3
[pdf]
range_pages = 2
[watch]
settle_quiet = 0.1
settle_quiet_unfinished = 0.5
"""
LIFE = 2.5
"""Seconds of work after which a daemon is killed at the latest."""
SETTLED_EVERY = 50
"""Kills after which everything is worked off and counted."""
WITHIN = 240.0


class Chaos:
    """One state directory, two inboxes, many short lives."""

    def __init__(self, root: Path, seed: int) -> None:
        self.rng = random.Random(seed)
        self.root = root
        self.daemon = Daemon(root)
        keep = root / "keep"
        keep.mkdir()
        self.daemon.configure(SETTINGS, f'[[inbox]]\npath = "{keep}"\nafter = "keep"')
        aside = root / "senders"
        aside.mkdir()
        self.senders = Senders(random.Random(seed), self.daemon.inbox, keep, aside)
        self.books = Books(self.daemon.state, [self.daemon.inbox, keep], self.senders)
        self.deaths: Counter[str] = Counter()
        self.events: Counter[str] = Counter()
        self._lives = 0

    def live(self) -> None:
        """One life that ends by SIGKILL, then an audit."""
        points = self.rng.sample(all_points(), 3)
        aimed = self.rng.random() < 0.5
        faults = ",".join(f"{point}:kill@{self.rng.choice([1, 1, 2, 3, 5, 8])}" for point in points)
        self._begin(faults if aimed else "")
        if self.rng.random() < 0.25:
            time.sleep(self.rng.uniform(0, 1.5))  # at the start, also before it can take a file
        else:
            self._until_ready()
            self._work(self.rng.uniform(0.0, LIFE))
        aimed_well = self.daemon.ended()
        self.daemon.kill()
        self.deaths["at a fault point" if aimed_well else "at random"] += 1
        self.end(settled=False)

    def settle(self) -> None:
        """One life in which everything is worked off."""
        self._begin("")
        self._until_ready()
        with self.senders.pause:
            eventually(self._nothing_waits, WITHIN, "not everything was worked off")
            assert 0 == self.daemon.stop()
            self.end(settled=True)

    def end(self, *, settled: bool) -> None:
        """After a life: read its log, balance the books."""
        for line in self.daemon.log():  # fails on a line that is no JSON object
            self.events[line["event"]] += 1
            if line["event"] == "document.ingested":
                self.books.ingested[line["doc"]] += 1
        with self.senders.pause:
            faults = self.books.audit(settled=settled)
        assert not faults, "\n".join([f"life {self._lives}", *faults])
        self.daemon.log_file.unlink()

    def _begin(self, faults: str) -> None:
        self._lives += 1
        self.daemon.log_file = self.root / f"log.{self._lives}"
        self.daemon.start(faults=faults, ready=False)

    def _until_ready(self) -> None:
        eventually(lambda: self.daemon.events("daemon.ready") or self.daemon.ended(), WITHIN, "not ready")

    def _work(self, seconds: float) -> None:
        """Lets it work; sometimes an operator retries all, or stops it just before the kill."""
        until = time.monotonic() + seconds
        if self.rng.random() < 0.3:
            with contextlib.suppress(ConnectionError, OSError, IngestError):
                control.ask(self.daemon.state, {"op": "retry", "all": True}, within=seconds + 0.1)
        if self.rng.random() < 0.15:
            self.daemon.signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            assert self.daemon.process is not None
            self.daemon.process.wait(max(0.0, until - time.monotonic()))

    def _nothing_waits(self) -> bool:
        counts = self.daemon.documents()
        if counts.spooled or counts.processing or counts.retrying or self.daemon.files("spool"):
            return False
        with self.daemon.catalog() as catalog:
            rows = {row.sha256: row for row in catalog.documents()}
        left = [d for d in self.senders.drops if d.content.kind not in LEFT_ALONE]
        taken = all(d.content.sha256 in rows and rows[d.content.sha256].status not in WAITING for d in left)
        return taken and not any(d.path.exists() for d in left if d.path.is_relative_to(self.daemon.inbox))


def test_no_kill_loses_or_doubles_anything(tmp_path: Path, kills: int, seed: int, report: list[str]) -> None:
    """Every content dropped is done once, or quarantined, or still waits; no half step outlives a start."""
    chaos = Chaos(tmp_path, seed)
    chaos.senders.start()
    try:
        for n in range(1, kills + 1):
            chaos.live()
            if n % SETTLED_EVERY == 0:
                chaos.settle()
        chaos.senders.stop()
        chaos.settle()
    finally:
        chaos.daemon.kill()
        chaos.senders.stop()
    report.append(f"{kills} kills survived: {dict(chaos.deaths)}")
    report.append(f"{len(chaos.senders.drops)} drops of {len(chaos.senders.contents)} contents")
    report.append(f"outcomes {dict(chaos.books.outcomes())}")
    report.append(f"events {dict(chaos.events)}")
