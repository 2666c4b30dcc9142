"""One watched inbox: when to look, and where.

``InboxWatch`` is a sequence of *steps*, each a short blocking call made in an io thread by ``run``, never two
at a time. ``next_step`` picks the most urgent one; between steps, in the event loop, hints come in and
batches go out.
"""

from __future__ import annotations

import heapq
import itertools
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from ingestd.config import Inbox, Watch
from ingestd.errors import TransientError
from ingestd.model import Settled
from ingestd.untrusted import below, is_our_own
from ingestd.untrusted import directory as open_directory
from ingestd.watch.hints import HintHandler, Hints, Sign
from ingestd.watch.inspector import Findings, Inspector, Known
from ingestd.watch.notices import Notices, Report
from ingestd.watch.sentry import Change, Mode, Sentry
from ingestd.watch.walk import PIECE, Walk

BATCH = 2 * PIECE
"""Most files in one batch."""
COALESCE = 0.02
"""Seconds between two looks at what events brought; the first event after a rest is looked at at once."""
LINGER = 0.03
"""Seconds before a file that has only appeared is looked at: mostly its close comes first."""
STEP_SECONDS = 0.05
"""A step ends after this time, so that new files are seen while a large inbox is scanned."""
SCAN_SHARE = 20
"""A polled inbox rests at least this many times as long as its scan took."""

Step = Callable[[], None]


@dataclass(slots=True)
class _Plan:
    """When what is due, in monotonic seconds; infinite: not asked for."""

    guard: float = 0.0
    scan: float = math.inf
    hints: float = math.inf
    hints_taken: float = 0.0
    scan_began: float | None = None
    """Set while a complete scan is under way."""
    doubt: bool = False
    """An event said that the root is gone."""


class InboxWatch:
    """Steps of watching one inbox. All methods but the steps belong to one thread, the event loop's."""

    def __init__(self, inbox: Inbox, settings: Watch, *, known: Known, report: Report, once: bool) -> None:
        """``once``: no events, one complete scan, and ``finished`` when all that it met is dealt with."""
        self.inbox = inbox
        self.hints = Hints()
        self._path = os.fsencode(inbox.path)
        self._settings = settings
        self._once = once
        self._notices = Notices(report, str(inbox.path))
        self._inspector = Inspector(inbox, settings, known=known, notices=self._notices)
        self._inspector.gives_up_held = once
        handler = HintHandler(self._path, self._inspector.names, self.hints)
        self._sentry = Sentry(self._path, handler, report, listen=not once)
        self._walk = Walk(self._path, self._sentry.arm)
        self._names: dict[bytes, dict[bytes, Sign]] = {}
        self._again: list[tuple[float, bytes]] = []
        self._plan = _Plan()

    # -- the event loop's side ---------------------------------------------------------------------

    @property
    def lost(self) -> str:
        """Why the inbox is not watched, in a word; empty while it is."""
        return self._sentry.lost

    @property
    def mode(self) -> Mode:
        """How news of it reach us."""
        return self._sentry.mode

    def hinted(self, urgent: bool) -> None:
        """Events have come."""
        now = monotonic()
        due = max(now, self._plan.hints_taken + COALESCE) if urgent else now + LINGER
        self._plan.hints = min(self._plan.hints, due)

    def scan(self, delay: float = 0.0) -> None:
        """Scan everything, after ``delay`` seconds."""
        self._plan.scan = min(self._plan.scan, monotonic() + delay)

    def release(self, settled: Settled, again_in: float | None) -> None:
        """The pipeline is done with a file; ``again_in``: look at it again after so many seconds."""
        if self._inspector.flight.release(settled.path):
            again_in = 0.0
        if again_in is not None:
            heapq.heappush(self._again, (monotonic() + again_in, settled.path))

    def next_due(self) -> float:
        """The monotonic time at which ``next_step`` may have one."""
        plan = self._plan
        if not self._sentry.watching:
            return plan.guard
        scan = plan.scan if plan.scan_began is None else math.inf
        again = self._again[0][0] if self._again else math.inf
        return min(plan.guard, plan.hints, scan, again, self._inspector.waiting.next_due() or math.inf)

    def finished(self) -> bool:
        """With ``once``: nothing is left to do, all that was handed out was released."""
        if not self._once or self._plan.guard == 0.0:
            return False
        idle = not (self._names or self._again or self._walk.active or len(self._inspector.flight))
        scanned = self._plan.scan_began is None and self._plan.scan == math.inf
        return bool(self.lost) or (idle and scanned and not len(self._inspector.waiting))

    def next_step(self) -> Step | None:
        """The most urgent thing to do now, to be called in an io thread."""
        now = monotonic()
        plan = self._plan
        if plan.guard <= now:
            return self.check
        if not self._sentry.watching:
            return None
        self._gather_names(now)
        if plan.guard <= now:
            return self.check
        if self._names:
            return self._look_at_names
        if plan.scan <= now and plan.scan_began is None:
            return self._begin_scan
        if (self._walk.active and not self._inspector.waiting.full) or self._scan_is_over():
            return self._continue_walk
        return None

    def _gather_names(self, now: float) -> None:
        if self._plan.hints <= now:
            self._take_hints(now)
        while self._again and self._again[0][0] <= now:
            self._look_again(heapq.heappop(self._again)[1])
        for path in self._inspector.waiting.take_due(now, limit=BATCH):
            self._look_again(path)

    def _take_hints(self, now: float) -> None:
        dirty = self.hints.take()
        self._plan.hints, self._plan.hints_taken = math.inf, now
        for (directory, name), sign in dirty.names.items():
            self._names.setdefault(directory, {})[name] = sign
        for directory, deep in dirty.directories.items():
            if self.inbox.recursive or not directory:
                self._walk.add(directory, deep=deep)
            else:
                self._look_again(below(self._path, directory))
        if dirty.everything:
            self.scan()
        if dirty.root_gone:
            self._plan.guard, self._plan.doubt = 0.0, True

    def _look_again(self, path: bytes) -> None:
        directory, _, name = path[len(self._path) + 1 :].rpartition(b"/")
        self._names.setdefault(directory, {}).setdefault(name, Sign.SEEN)

    def _scan_is_over(self) -> bool:
        return self._plan.scan_began is not None and not self._walk.active

    # -- steps, in io threads ------------------------------------------------------------------------

    def run(self, step: Step) -> list[Settled]:
        """Do a step; what has settled by it, at most ``BATCH`` files."""
        try:
            step()
        except (TransientError, OSError):
            # The store is down or descriptors are short: others speak of it. All is still in the inbox. A
            # scan cut short has not seen all there is and must not be taken for a complete one.
            self._walk.close()
            self._plan.scan_began = None
            self.scan(self._settings.guard_interval)
        return self._inspector.take_settled()

    def check(self) -> None:
        """Step: is the inbox still there, and the same?"""
        doubt, self._plan.doubt = self._plan.doubt, False
        self._plan.guard = monotonic() + (math.inf if self._once else self._settings.guard_interval)
        change = self._sentry.check(doubt=doubt)
        if change is not Change.NONE:
            self._walk.close()
            self._inspector.waiting.clear()
            self._names.clear()
            self._plan.scan_began = None
            self._plan.scan = 0.0 if change is Change.ATTACHED else math.inf

    def stop(self) -> None:
        """Step: end."""
        self._walk.close()
        self._sentry.stop()

    def _look_at_names(self) -> None:
        until = monotonic() + STEP_SECONDS
        while self._names and self._has_room() and monotonic() < until:
            directory, names = next(iter(self._names.items()))
            piece = dict(itertools.islice(names.items(), PIECE))
            for name in piece:
                del names[name]
            if not names:
                del self._names[directory]
            self._look_at_piece(directory, piece)

    def _look_at_piece(self, directory: bytes, names: dict[bytes, Sign]) -> None:
        try:
            with open_directory(self._path, directory) as fd:
                self._follow(directory, self._inspector.examine(directory, fd, names), deep=False)
        except OSError as error:
            if is_our_own(error):
                raise
            self._inspector.forget(directory, names)  # gone with their directory

    def _begin_scan(self) -> None:
        self._plan.scan, self._plan.scan_began = math.inf, monotonic()
        self._notices.scan_begins()
        self._sentry.scan_begins()
        self._walk.add(b"", deep=True)
        self._continue_walk()

    def _continue_walk(self) -> None:
        until = monotonic() + STEP_SECONDS
        while self._may_walk() and self._has_room() and monotonic() < until:
            piece = self._walk.next_piece()
            if piece is not None:
                names = dict.fromkeys(piece.names, Sign.SEEN)
                findings = self._inspector.examine(piece.directory, piece.fd, names)
                self._follow(piece.directory, findings, deep=piece.deep)
        if self._scan_is_over():
            self._end_scan()
        self._inspector.told_of_close = self._sentry.mode is Mode.EVENTS

    def _has_room(self) -> bool:
        return len(self._inspector.settled) <= BATCH - PIECE

    def _may_walk(self) -> bool:
        return self._walk.active and not self._inspector.waiting.full

    def _end_scan(self) -> None:
        began, self._plan.scan_began = self._plan.scan_began or 0.0, None
        self._notices.scan_ended()
        self._sentry.scan_ended()
        if self._once:
            return
        now = monotonic()
        interval = self._settings.rescan_interval
        if self._sentry.mode is not Mode.EVENTS:
            interval = max(self._settings.poll_interval, SCAN_SHARE * (now - began))
        self._plan.scan = min(self._plan.scan, now + interval)

    def _follow(self, directory: bytes, findings: Findings, *, deep: bool) -> None:
        if findings.postponed:
            self._walk.add(directory, deep=False)
        for name in findings.directories:
            relative = below(directory, name)
            if not self.inbox.recursive:
                self._inspector.is_directory(relative, name)
            elif deep or not self._sentry.is_armed(relative):
                self._walk.add(relative, deep=True)
