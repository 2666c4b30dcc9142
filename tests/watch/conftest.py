"""A watcher that runs on its own event loop in a thread, fed and asked by tests."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ingestd.config import Inbox, Watch
from ingestd.model import Settled
from ingestd.watch import Watcher
from tests.eventually import eventually

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n"
QUICK = Watch(
    rescan_interval=3600, guard_interval=0.2, poll_interval=0.2, settle_quiet=0.3, settle_quiet_unfinished=0.6
)
Taker = Callable[[Settled], float | None]


class Running:
    """A running watcher and all that it has said. ``take`` answers a file with ``again_in``."""

    def __init__(self, inboxes: Sequence[Inbox], settings: Watch = QUICK, once: bool = False) -> None:
        self.settled: list[Settled] = []
        self.reports: list[tuple[str, dict[str, Any]]] = []
        self.known: set[tuple[bytes, Any]] = set()
        self.take: Taker = self._remember
        self.pace = 0.0
        self.gate = threading.Event()
        self.gate.set()
        self.error: BaseException | None = None
        self._loop = asyncio.new_event_loop()
        self.watcher = Watcher(inboxes, settings, known=lambda _: self.known, report=self._report, once=once)
        self._started = threading.Event()
        self.thread = threading.Thread(target=self._main, daemon=True)
        self.thread.start()
        assert self._started.wait(10)

    def _remember(self, settled: Settled) -> None:
        self.known.add((settled.path, settled.identity))

    def _report(self, event: str, fields: dict[str, Any]) -> None:
        self.reports.append((event, fields))

    def _main(self) -> None:
        try:
            self._loop.run_until_complete(self._consume())
        except asyncio.CancelledError:  # stopped while it was closing of itself
            return
        except BaseException as error:  # noqa: BLE001  # told to the test that waits
            self.error = error
        finally:
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    async def _consume(self) -> None:
        await self.watcher.start()
        self._started.set()
        self._task = asyncio.current_task()
        try:
            async for batch in self.watcher:
                assert 0 < len(batch) <= 256
                await asyncio.sleep(self.pace)
                while not self.gate.is_set():
                    await asyncio.sleep(0.005)
                self.settled += batch
                for settled in batch:
                    self.watcher.done(settled, again_in=self.take(settled))
        except asyncio.CancelledError:
            return
        finally:
            await self.watcher.aclose()

    def stop(self) -> None:
        """End it; raises what ended it before."""
        if self.thread.is_alive():
            self._loop.call_soon_threadsafe(self._task.cancel)
        self.thread.join(10)
        assert not self.thread.is_alive()
        if self.error:
            raise self.error

    def call(self, function: Callable[[], None]) -> None:
        """Call in the loop's thread."""
        self._loop.call_soon_threadsafe(function)

    @property
    def names(self) -> list[str]:
        """Names of the files handed out so far, sorted."""
        return sorted(Path(s.path.decode("utf-8", "replace")).name for s in list(self.settled))

    def said(self, event: str) -> list[dict[str, Any]]:
        """The fields of the events of this name."""
        return [fields for name, fields in list(self.reports) if name == event]

    def ignored(self) -> set[tuple[str, str]]:
        """(name, reason) of all that was ignored."""
        return {
            (Path(f["path"].decode("utf-8", "replace")).name, f["reason"]) for f in self.said("inbox.ignored")
        }

    def gets(self, *names: str, within: float = 10.0) -> None:
        """Exactly these files are handed out in the end."""
        with contextlib.suppress(AssertionError):  # the comparison says more
            eventually(lambda: len(self.settled) >= len(names), within)
        assert self.names == sorted(names)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """An empty inbox directory."""
    path = tmp_path / "inbox"
    path.mkdir()
    return path


@pytest.fixture
def watching() -> Iterator[Callable[..., Running]]:
    """Starts watchers on inboxes, given as paths or ``config.Inbox``, and stops them."""
    started: list[Running] = []

    def start(*inboxes: Path | Inbox, settings: Watch = QUICK, once: bool = False) -> Running:
        configured = [i if isinstance(i, Inbox) else Inbox(path=i) for i in inboxes]
        started.append(Running(configured, settings, once))
        return started[-1]

    yield start
    for running in started:
        running.stop()
