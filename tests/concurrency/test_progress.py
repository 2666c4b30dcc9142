"""Progress: counted always, drawn only for a terminal."""

from __future__ import annotations

import asyncio
import io
import os
import pty
import threading

import pytest

from ingestd.concurrency import ProgressTracker


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_counts_rate_and_remaining() -> None:
    """Ten of forty in five seconds: two a second, fifteen seconds to go."""
    clock = Clock()
    with ProgressTracker(40, clock=clock) as progress:
        assert (progress.rate, progress.remaining) == (0.0, None)
        clock.now = 5.0
        progress.update(9)
        progress.update()
        assert (progress.count, progress.rate, progress.remaining) == (10, 2.0, 15.0)
    clock.now = 50.0
    assert progress.elapsed == 5.0


def test_without_a_total_nobody_knows_the_end() -> None:
    """``remaining`` is None, not a guess."""
    progress = ProgressTracker()
    progress.update(3)
    assert progress.remaining is None


def test_async_form_lets_the_loop_turn() -> None:
    """``update_async`` in a tight loop lets other tasks run every few milliseconds."""
    clock = Clock()

    async def scenario() -> int:
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(other())
        async with ProgressTracker(1000, clock=clock) as progress:
            for _ in range(1000):
                clock.now += 0.001
                await progress.update_async()
        task.cancel()
        assert progress.count == 1000
        return turns

    assert 90 <= asyncio.run(scenario()) <= 110


def test_threads_may_update_together() -> None:
    """No update is lost between threads."""
    with ProgressTracker() as progress:
        threads = [
            threading.Thread(target=lambda: [progress.update() for _ in range(2000)]) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert progress.count == 8000


def test_silent_without_a_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    """Into a pipe or file not a byte is written."""
    with ProgressTracker(3) as progress:
        progress.update(3)
    text = io.StringIO()
    with ProgressTracker(3, file=text) as progress:
        progress.update(3)
    assert (*capfd.readouterr(), text.getvalue()) == ("", "", "")


def test_draws_on_a_terminal_and_leaves_no_thread() -> None:
    """A terminal sees the bar with its name; no thread stays behind to wake up."""
    leader, follower = pty.openpty()
    before = threading.active_count()
    with os.fdopen(follower, "w") as terminal, ProgressTracker(3, "pages", file=terminal) as progress:
        progress.update(3)
        assert threading.active_count() == before
    assert b"pages" in os.read(leader, 4096)
    os.close(leader)
