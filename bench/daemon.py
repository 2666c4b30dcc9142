"""The daemon as a process of its own, and what it says, heard line by line."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, "-c", "from ingestd.cli import main; main()")


@contextmanager
def workspace(where: Path | None) -> Iterator[Path]:
    """A directory that is gone afterwards; ``where`` names the file system."""
    root = Path(tempfile.mkdtemp(prefix="ingestd-bench-", dir=where))
    try:
        yield root
    finally:
        shutil.rmtree(root)


class Heard:
    """One line of the log, with the instant at which it was read."""

    __slots__ = ("at", "fields")

    def __init__(self, line: bytes) -> None:
        self.at = time.perf_counter()
        self.fields: dict[str, Any] = json.loads(line)


class Daemon:
    """Started at once; ``stop`` ends it."""

    def __init__(
        self, root: Path, settings: Mapping[str, str] | None = None, command: Sequence[str] = COMMAND
    ) -> None:
        """``settings``: environment, as ``INGESTD_THROTTLE_ENABLED``."""
        self.inbox, self.state = root / "inbox", root / "state"
        self.inbox.mkdir(exist_ok=True)
        self.started = time.perf_counter()
        self._lines: queue.SimpleQueue[Heard | None] = queue.SimpleQueue()
        self.process = subprocess.Popen(
            [*command, "--inbox", str(self.inbox), "--state-dir", str(self.state)],
            stdout=subprocess.PIPE,
            env=os.environ | {"INGESTD_LOG_FORMAT": "json"} | dict(settings or {}),
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(Heard(line))
        self._lines.put(None)

    def next(self, *events: str, within: float = 60.0) -> Heard:
        """The next line of one of these events; others are passed over. Raises ``TimeoutError``."""
        until = time.perf_counter() + within
        while True:
            try:
                heard = self._lines.get(timeout=max(0.0, until - time.perf_counter()))
            except queue.Empty:
                raise TimeoutError(f"no {events} within {within:.0f} s") from None
            if heard is None:
                raise TimeoutError(f"the daemon ended before {events}")
            if heard.fields["event"] in events:
                return heard

    def ready(self, within: float = 120.0) -> float:
        """Seconds from the start of the process to ``daemon.ready``."""
        return self.next("daemon.ready", within=within).at - self.started

    @property
    def pid(self) -> int:
        """Of the daemon itself."""
        return self.process.pid

    def stop(self) -> int:
        """SIGTERM, then its exit status."""
        self.process.terminate()
        return self.process.wait(60)
