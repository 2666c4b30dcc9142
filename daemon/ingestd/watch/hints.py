"""What events have said since it was last asked: names and directories to look at, bounded."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

from watchdog.events import FileSystemEvent, FileSystemEventHandler

from ingestd.untrusted import SET_ASIDE
from ingestd.watch.names import Names

MAX_NAMES = 2048
"""More names waiting to be looked at than this become directories to list."""
MAX_DIRECTORIES = 512
"""More directories to list than this become: scan everything."""


class Sign(IntEnum):
    """What is known of a file besides its being there."""

    SEEN = 0
    CLOSED = 1
    """Its last writer closed it, or it was renamed to where it is."""


@dataclass(slots=True)
class Dirty:
    """Places to look at. Directories and names are relative to the inbox."""

    names: dict[tuple[bytes, bytes], Sign] = field(default_factory=dict)
    """(directory, name)."""
    directories: dict[bytes, bool] = field(default_factory=dict)
    """True: with everything below."""
    everything: bool = False
    root_gone: bool = False


class Hints:
    """Collects what to look at, from any thread, and says so once until it is taken.

    ``wake(urgent)`` is called at most once for each of urgent and not between two ``take``.
    """

    def __init__(self) -> None:
        self.wake: Callable[[bool], None] = lambda urgent: None
        self._lock = threading.Lock()
        self._dirty = Dirty()
        self._woken = -1

    def name(self, directory: bytes, name: bytes, sign: Sign) -> None:
        """Look at one file."""
        with self._lock:
            names = self._dirty.names
            key = (directory, name)
            if key in names or len(names) < MAX_NAMES:
                names[key] = max(sign, names.get(key, sign))
            else:
                self._list(directory, deep=False)
        self._call(urgent=sign is Sign.CLOSED)

    def directory(self, directory: bytes, *, deep: bool) -> None:
        """List a directory, ``deep``: with everything below."""
        with self._lock:
            self._list(directory, deep)
        self._call(urgent=True)

    def everything(self) -> None:
        """Scan the whole inbox."""
        with self._lock:
            self._dirty.everything = True
        self._call(urgent=True)

    def root_gone(self) -> None:
        """The inbox itself was moved, deleted or unmounted, it seems."""
        with self._lock:
            self._dirty.root_gone = True
        self._call(urgent=True)

    def take(self) -> Dirty:
        """All that was said, and begin anew."""
        with self._lock:
            dirty, self._dirty = self._dirty, Dirty()
            self._woken = -1
        return dirty

    def _list(self, directory: bytes, deep: bool) -> None:
        directories = self._dirty.directories
        if directory in directories or len(directories) < MAX_DIRECTORIES:
            directories[directory] = deep or directories.get(directory, False)
        else:
            self._dirty.everything = True

    def _call(self, *, urgent: bool) -> None:
        with self._lock:
            if self._woken >= urgent:
                return
            self._woken = int(urgent)
        self.wake(urgent)


class HintHandler(FileSystemEventHandler):
    """Turns watchdog's events into hints; temporaries, hidden names and our own end here."""

    def __init__(self, root: bytes, names: Names, hints: Hints) -> None:
        self._prefix = len(root) + 1
        self._names = names
        self._hints = hints

    def on_closed(self, event: FileSystemEvent) -> None:
        """A writer closed a file."""
        self._name(event.src_path, Sign.CLOSED)

    def on_moved(self, event: FileSystemEvent) -> None:
        """Something was renamed into a directory of the inbox."""
        if event.is_directory:
            self._directory(event.dest_path)
        else:
            self._name(event.dest_path, Sign.CLOSED)

    def on_created(self, event: FileSystemEvent) -> None:
        """Begun, or linked and complete: a look will tell."""
        if event.is_directory:
            self._directory(event.src_path)
        else:
            self._name(event.src_path, Sign.SEEN)

    def on_attrib(self, event: FileSystemEvent) -> None:
        """Perhaps it has become readable."""
        self._name(event.src_path, Sign.SEEN)

    def on_modified(self, event: FileSystemEvent) -> None:
        """So much changed in a directory that it must be listed."""
        self._hints.directory(self._relative(event.src_path), deep=False)

    def on_deleted(self, event: FileSystemEvent) -> None:
        """Sent for the root only."""
        self._hints.root_gone()

    def on_overflow(self, event: FileSystemEvent) -> None:
        """Events were lost."""
        self._hints.everything()

    def _name(self, path: bytes | str, sign: Sign) -> None:
        directory, _, name = self._relative(path).rpartition(b"/")
        if not self._names.ignored(name) and not SET_ASIDE.fullmatch(name):
            self._hints.name(directory, name, sign)

    def _directory(self, path: bytes | str) -> None:
        relative = self._relative(path)
        if not self._names.ignored(relative.rpartition(b"/")[2]):
            self._hints.directory(relative, deep=True)

    def _relative(self, path: bytes | str) -> bytes:
        return os.fsencode(path)[self._prefix :]
