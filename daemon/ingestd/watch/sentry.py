"""Keeps one inbox watched: notices when its directory goes, comes back or is another one."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from watchdog.events import FileSystemEventHandler

from ingestd.untrusted import directory as open_directory
from ingestd.untrusted import is_our_own
from ingestd.watch.filesystems import polled_kind
from ingestd.watch.notices import Report

if TYPE_CHECKING:
    from ingestd.watch.emitter import Ears


class Mode(StrEnum):
    """How news of an inbox reach us."""

    EVENTS = "events"
    POLL = "poll"
    MIXED = "mixed"
    """Events for as many directories as the kernel lets us watch, the whole tree polled for the rest."""


class Change(StrEnum):
    """What a check found."""

    NONE = "none"
    ATTACHED = "attached"
    """Watched anew: everything must be scanned."""
    LOST = "lost"


class Root(NamedTuple):
    """Which directory stands at an inbox's path."""

    device: int
    inode: int


class Sentry:
    """The state of one inbox's directory. Its methods block; never two at a time."""

    def __init__(self, path: bytes, handler: FileSystemEventHandler, report: Report, *, listen: bool) -> None:
        """``listen``: want events at all."""
        self._path = path
        self._report = report
        self._new_ears = _ears_for(path, handler) if listen else None
        self._root: Root | None = None
        self._ears: Ears | None = None
        self._why_polled = ""
        self._unarmed = 0
        self._seen: set[bytes] = set()
        self.lost = ""
        """Why there is nothing to watch, in a word; empty while there is."""
        self.mode = Mode.POLL

    @property
    def watching(self) -> bool:
        """The directory is there and is watched or polled."""
        return self._root is not None

    def check(self, *, doubt: bool = False) -> Change:
        """Compare the directory with the one that is watched; attach to it if it is another one.

        ``doubt``: an event said that the watched one is gone, believe no likeness.
        """
        found = _root_at(self._path)
        if isinstance(found, str):
            self._detach(found)
            return Change.LOST
        deaf = self._ears is not None and not self._ears.alive
        if found == self._root and not doubt and not deaf:
            return self._try_listening_again()
        if self._root is not None:
            self._detach("deaf" if deaf else "replaced")
        self._attach(found)
        return Change.ATTACHED

    def arm(self, fd: int, relative: bytes) -> None:
        """Have events of a directory that is about to be listed, if the kernel grants it."""
        self._seen.add(relative)
        if self._ears is None or self._ears.emitter.arm(fd, relative):
            return
        self._unarmed += 1
        if self.mode is Mode.EVENTS:
            self._say_mode(Mode.MIXED, "max_user_watches")

    def is_armed(self, relative: bytes) -> bool:
        """Whether events of this directory reach us."""
        return self._ears is not None and self._ears.emitter.is_armed(relative)

    def scan_begins(self) -> None:
        """A scan of everything begins."""
        self._seen.clear()
        self._unarmed = 0

    def scan_ended(self) -> None:
        """A scan of everything has armed every directory there is."""
        if self._ears is None:
            return
        self._ears.emitter.keep_only(self._seen)
        if self.mode is Mode.MIXED and not self._unarmed:
            self._say_mode(Mode.EVENTS, "")

    def stop(self) -> None:
        """No more events."""
        if self._ears is not None:
            self._ears.stop()
            self._ears = None

    def _detach(self, reason: str) -> None:
        self.stop()
        self._root = None
        if not self.lost:
            self._report("inbox.lost", {"inbox": os.fsdecode(self._path), "reason": reason})
        self.lost = reason

    def _attach(self, root: Root) -> None:
        self._root = root
        mode, why = self._open_ears()
        if self.lost:
            self._report("inbox.recovered", {"inbox": os.fsdecode(self._path)})
            self.lost = ""
        self._say_mode(mode, why)

    def _open_ears(self) -> tuple[Mode, str]:
        if self._new_ears is None:
            return Mode.POLL, "once"
        with open_directory(self._path) as fd:
            if kind := polled_kind(fd):
                return Mode.POLL, kind
            try:
                self._ears = self._new_ears()
            except OSError as error:
                if error.errno not in (errno.EMFILE, errno.ENFILE, errno.ENOMEM):
                    raise
                return Mode.POLL, "max_user_instances"
            armed = self._ears.emitter.arm(fd, b"")
        return (Mode.EVENTS, "") if armed else (Mode.MIXED, "max_user_watches")

    def _try_listening_again(self) -> Change:
        if self._why_polled != "max_user_instances":
            return Change.NONE
        mode, why = self._open_ears()
        if mode is Mode.POLL:
            return Change.NONE
        self._say_mode(mode, why)
        return Change.ATTACHED

    def _say_mode(self, mode: Mode, why: str) -> None:
        self.mode, self._why_polled = mode, why
        fields: dict[str, Any] = {"inbox": os.fsdecode(self._path), "mode": str(mode)}
        if why:
            fields["reason"] = why
        if hint := _HINTS.get(why):
            fields["hint"] = hint
        self._report("inbox.watching", fields)


_HINTS = {
    "max_user_watches": "Raise sysctl fs.inotify.max_user_watches: it is below the number of directories.",
    "max_user_instances": "Raise sysctl fs.inotify.max_user_instances.",
}

_REASONS = {
    errno.ENOENT: "missing",
    errno.EACCES: "unreadable",
    errno.EPERM: "unreadable",
    errno.ENOTDIR: "not_a_directory",
}


def _root_at(path: bytes) -> Root | str:
    """The directory at ``path``, or in a word why there is none to watch."""
    try:
        with open_directory(path) as fd:
            status = os.fstat(fd)
            if not os.access(".", os.R_OK | os.X_OK, dir_fd=fd, effective_ids=True):
                return "unreadable"
            return Root(status.st_dev, status.st_ino)
    except OSError as error:
        if is_our_own(error):
            raise
        return _REASONS.get(error.errno or 0, errno.errorcode.get(error.errno or 0, "unknown").lower())


def _ears_for(path: bytes, handler: FileSystemEventHandler) -> Callable[[], Ears]:
    # Not at load, one pass needs none; not at the first use, there may be no descriptor left to import with.
    from ingestd.watch.emitter import Ears

    return partial(Ears, path, handler)
