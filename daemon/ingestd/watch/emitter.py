"""A watchdog emitter that keeps up with bursts and hides nothing.

The stock inotify emitter of watchdog pairs renames (0.5 s of delay behind every move out of the inbox,
quadratic cost in a burst), and swallows queue overflow, unmounts and failed watches. This one stands on the
public ``BaseObserver`` and ``EventEmitter`` and differs in what an inbox needs:

- names are reported one by one while they are few; a read full of them becomes one ``DirModifiedEvent``
  a directory, which means: list it;
- overflow is an event of its own, and so is whatever ends the watch of the root (``DirDeletedEvent``);
- directories are armed by the scan that lists them, so there is no gap between the watch and the listing.
"""

from __future__ import annotations

import errno
import os
import threading
from typing import Any

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirModifiedEvent,
    DirMovedEvent,
    FileAttribEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers.api import BaseObserver, EventEmitter

from ingestd.untrusted import below
from ingestd.watch import inotify
from ingestd.watch.inotify import Event, Inotify

FEW_NAMES = 128
"""More names than this in one read are reported as directories."""
BUSY_READ = 16
"""A read of more events than this is followed by a pause, so that the next one finds many."""
BUSY_PAUSE = 0.02
"""Seconds. The kernel's queue (16384 events) holds what comes meanwhile at 800,000 events a second."""


class OverflowEvent(FileSystemEvent):
    """The kernel dropped events: only a scan of the whole tree tells what is there."""

    event_type = "overflow"
    is_directory = True


class InboxEmitter(EventEmitter):
    """Reads the events of one inbox. Paths in its events are absolute bytes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._root = os.fsencode(self.watch.path)
        self._inotify = Inotify()
        self._lock = threading.Lock()
        self._path_of: dict[int, bytes] = {}
        self._armed: dict[bytes, int] = {}

    def arm(self, directory: int, relative: bytes) -> bool:
        """Watch the open directory; False when the kernel grants no more watches.

        Arming again is free and corrects the path of a directory that was moved.
        """
        try:
            # Under the lock: the first event of a new watch must find its path.
            with self._lock:
                watch = self._inotify.watch(directory)
                before = self._path_of.get(watch, relative)
                if self._armed.get(before) == watch:
                    del self._armed[before]
                self._path_of[watch] = relative
                self._armed[relative] = watch
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.ENOMEM):
                return False
            raise
        return True

    def is_armed(self, relative: bytes) -> bool:
        """Whether the directory at this path inside the inbox is watched."""
        return relative in self._armed

    def keep_only(self, seen: set[bytes]) -> None:
        """End the watches of directories that a complete scan did not see: they were moved away."""
        with self._lock:
            gone = [watch for watch, path in self._path_of.items() if path not in seen]
        for watch in gone:
            self._inotify.unwatch(watch)  # answered by IN_IGNORED, which forgets it

    def run(self) -> None:
        """The thread: read until stopped."""
        try:
            super().run()
        finally:
            self._inotify.close()

    def on_thread_stop(self) -> None:
        """Wake the thread, to let it end."""
        self._inotify.wake()

    def queue_events(self, timeout: float) -> None:
        """One read of the kernel's queue."""
        events = self._inotify.read()
        self._emit_names([e for e in events if e.name])
        for event in events:
            if not event.name:
                self._emit_self(event)
        if len(events) > BUSY_READ:
            self.stopped_event.wait(BUSY_PAUSE)

    def _emit_names(self, events: list[Event]) -> None:
        if len(events) > FEW_NAMES:
            for watch in {e.watch for e in events}:
                self._emit(watch, DirModifiedEvent)
            return
        for event in events:
            relative = self._path_of.get(event.watch)
            if relative is not None:
                self.queue_event(_named(event.mask, below(self._root, below(relative, event.name))))

    def _emit(self, watch: int, kind: type[FileSystemEvent]) -> None:
        relative = self._path_of.get(watch)
        if relative is not None:
            self.queue_event(kind(below(self._root, relative) if relative else self._root))

    def _emit_self(self, event: Event) -> None:
        if event.mask & inotify.Q_OVERFLOW:
            self.queue_event(OverflowEvent(self._root))
            return
        path = self._path_of.get(event.watch)
        if event.mask & inotify.IGNORED:
            self._forget(event.watch)
        if path is None:
            return
        if path == b"" and event.mask & ~inotify.ATTRIB & ~inotify.ISDIR:
            self.queue_event(DirDeletedEvent(self._root))
        elif event.mask & (inotify.MOVE_SELF | inotify.UNMOUNT):
            # Paths below are no longer true; a scan of the tree arms them anew.
            self.queue_event(OverflowEvent(self._root))
        elif event.mask & inotify.ATTRIB:
            self._emit(event.watch, DirModifiedEvent)

    def _forget(self, watch: int) -> None:
        with self._lock:
            path = self._path_of.pop(watch, None)
            if path is not None and self._armed.get(path) == watch:
                del self._armed[path]


_FILE_EVENTS: tuple[tuple[int, type[FileSystemEvent]], ...] = (
    (inotify.CLOSE_WRITE, FileClosedEvent),
    (inotify.CREATE, FileCreatedEvent),
    (inotify.ATTRIB, FileAttribEvent),
)


def _named(mask: int, path: bytes) -> FileSystemEvent:
    is_directory = bool(mask & inotify.ISDIR)
    if mask & inotify.MOVED_TO:
        return DirMovedEvent(b"", path) if is_directory else FileMovedEvent(b"", path)
    if is_directory:
        return DirCreatedEvent(path)
    return next((kind(path) for bit, kind in _FILE_EVENTS if mask & bit), FileAttribEvent(path))


class Ears:
    """An observer with its one emitter for one inbox: the life of both."""

    def __init__(self, root: bytes, handler: FileSystemEventHandler) -> None:
        """``OSError`` when the kernel grants no inotify instance."""
        self._observer = BaseObserver(InboxEmitter)
        self._observer.schedule(handler, os.fsdecode(root), recursive=True)
        (self.emitter,) = (e for e in self._observer.emitters if isinstance(e, InboxEmitter))
        self._observer.start()

    @property
    def alive(self) -> bool:
        """Both threads run."""
        return self._observer.is_alive() and self.emitter.is_alive()

    def stop(self) -> None:
        """End both threads and every watch."""
        self._observer.stop()
        self._observer.join()
