"""The real daemon as a child process, on directories of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ingestd.store import Catalog, Counts, open_catalog
from tests.eventually import eventually

START = 60.0
"""Seconds in which anything must have happened, on the busiest machine."""


class Daemon:
    """``inbox`` and ``state`` live as long as the directory; ``start`` as often as wanted."""

    def __init__(self, root: Path, settings: str = "") -> None:
        self.inbox = root / "inbox"
        self.state = root / "state"
        self.config = root / "ingestd.toml"
        self.log_file = root / "log"
        self.inbox.mkdir()
        self._aside = root / "aside"
        self._aside.mkdir()
        self.configure(settings)
        self.process: subprocess.Popen[bytes] | None = None

    def configure(self, settings: str = "", inbox: str = "") -> None:
        """Writes the configuration; the inbox comes last so that ``settings`` may hold sections."""
        self.config.write_text(
            f'state_dir = "{self.state}"\n{settings}\n[[inbox]]\npath = "{self.inbox}"\n{inbox}\n'
        )

    # -- life --------------------------------------------------------------------------------------

    def start(self, *arguments: str, faults: str = "", ready: bool = True) -> Daemon:
        """Starts it and waits until it says that it is ready."""
        command = [sys.executable, "-c", "from ingestd.cli import main; main()"]
        before = len(self.events("daemon.ready"))
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--config", str(self.config), *arguments],
                stdout=log,
                stderr=log,
                env=os.environ | {"INGESTD_FAULTS": faults},
                start_new_session=True,
            )
        if ready:
            eventually(lambda: len(self.events("daemon.ready")) > before or self.ended(), START, "not ready")
        return self

    def ended(self) -> bool:
        """Whether it has ended by itself."""
        return self.process is None or self.process.poll() is not None

    def signal(self, number: int) -> None:
        """Sends it a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def wait(self, within: float = START) -> int:
        """Its exit status."""
        assert self.process is not None
        return self.process.wait(within)

    def stop(self) -> int:
        """SIGTERM, then its exit status."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """SIGKILL to the daemon alone: its workers must not outlive it."""
        if not self.ended():
            self.signal(signal.SIGKILL)
            self.wait()

    # -- files -------------------------------------------------------------------------------------

    def drop(self, name: str, data: bytes) -> Path:
        """Renames a finished file into the inbox."""
        aside = self._aside / os.urandom(8).hex()
        aside.write_bytes(data)
        target = self.inbox / name
        target.parent.mkdir(parents=True, exist_ok=True)
        aside.rename(target)
        return target

    def files(self, place: str) -> list[str]:
        """Names of the PDFs in ``spool``, ``archive`` or ``quarantine``."""
        return sorted(path.name for path in (self.state / place).rglob("*.pdf"))

    # -- what it says ------------------------------------------------------------------------------

    def log(self) -> list[dict[str, Any]]:
        """Every line logged so far, by all runs. Fails on a line that is not one JSON object."""
        if not self.log_file.exists():
            return []
        whole = self.log_file.read_bytes().rpartition(b"\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    def events(self, name: str) -> list[dict[str, Any]]:
        """Lines of one event."""
        return [line for line in self.log() if line["event"] == name]

    def until(self, name: str, count: int = 1, within: float = START) -> list[dict[str, Any]]:
        """Waits for so many lines of an event."""
        return eventually(
            lambda: self.events(name) if len(self.events(name)) >= count else [],
            within,
            f"{name} did not come {count} times",
        )

    def ctl(self, *arguments: str) -> Any:
        """The JSON answer of ``ingestctl``."""
        done = self.ctl_raw(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def ctl_raw(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """``ingestctl`` as it is."""
        command = [sys.executable, "-c", "from ingestd.ctl import main; main()", *arguments]
        return subprocess.run(
            [*command, "--config", str(self.config)], capture_output=True, text=True, timeout=60, check=False
        )

    @contextmanager
    def catalog(self) -> Iterator[Catalog]:
        """Its catalog, read from beside it."""
        opened = open_catalog(self.state)
        try:
            yield opened
        finally:
            opened.close()

    def documents(self) -> Counts:
        """Documents by status."""
        with self.catalog() as catalog:
            return catalog.counts()
