"""From names in a directory to settled files: kinds, patterns, what is known, what must rest."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from time import monotonic
from typing import NamedTuple

from ingestd.config import Inbox, Watch
from ingestd.model import FileIdentity, Settled
from ingestd.untrusted import NotRegular, below, identity_of, is_our_own, kind_of, regular_file
from ingestd.watch.flight import Flight
from ingestd.watch.hints import Sign
from ingestd.watch.names import Names
from ingestd.watch.notices import Notices
from ingestd.watch.settling import UNTIL_CLOSED, Look, look_at, rest_needed
from ingestd.watch.waiting import Waiting

Source = tuple[bytes, FileIdentity]
Known = Callable[[Sequence[Source]], Container[Source]]
"""Which of these (path, identity) have been dealt with already. Blocking; called in io threads."""


class Findings(NamedTuple):
    """What a look at some names of one directory brought."""

    directories: list[bytes]
    """Names of directories among them."""
    postponed: bool
    """Some files must rest and there was no room to remember them: look at the directory again."""


class _Candidate(NamedTuple):
    name: bytes
    path: bytes
    sign: Sign
    identity: FileIdentity


class Inspector:
    """Looks at files of one inbox, for one thread at a time."""

    def __init__(self, inbox: Inbox, settings: Watch, *, known: Known, notices: Notices) -> None:
        self._inbox = inbox
        self._root = os.fsencode(inbox.path)
        self._settings = settings
        self._known = known
        self._notices = notices
        self.told_of_close = False
        """A close will be an event, so a file that is held needs no second look of ours."""
        self.gives_up_held = False
        """A file that is held and does not change is ignored in the end, rather than waited for."""
        self.names = Names(inbox)
        self.waiting = Waiting()
        self.flight = Flight()
        self.settled: list[Settled] = []
        """What came out since ``take_settled``: kept here, lest an error on the way loses it."""

    def examine(self, directory: bytes, fd: int, names: Mapping[bytes, Sign]) -> Findings:
        """Look at ``names`` in the directory open as ``fd``, which lies at ``directory`` inside the inbox."""
        directories: list[bytes] = []
        candidates: list[_Candidate] = []
        prefix = below(self._root, directory) if directory else self._root
        for name, sign in names.items():
            path = below(prefix, name)
            if self.names.ignored(name):
                continue
            try:
                status = os.stat(name, dir_fd=fd, follow_symlinks=False)
            except OSError as error:
                self._gone_or_said(path, error)
                continue
            if stat.S_ISDIR(status.st_mode):
                directories.append(name)
            elif self._wanted(path, name, status):
                candidates.append(_Candidate(name, path, sign, identity_of(status)))
        return Findings(directories, self._settle(directory, fd, candidates))

    def take_settled(self) -> list[Settled]:
        """What has come out, and begin anew."""
        settled, self.settled = self.settled, []
        return settled

    def forget(self, directory: bytes, names: Iterable[bytes]) -> None:
        """These files are gone with their directory."""
        for name in names:
            self.waiting.drop(below(self._root, below(directory, name)))

    def is_directory(self, relative: bytes, name: bytes) -> None:
        """A directory is not descended into; said if it bears the name of a document."""
        if self.names.included(name):
            self._notices.ignored(below(self._root, relative), "directory")

    def _wanted(self, path: bytes, name: bytes, status: os.stat_result) -> bool:
        kind = kind_of(status.st_mode)
        if kind != "file":
            self._notices.ignored(path, kind, status.st_dev, status.st_ino)
        elif not self.names.included(name):
            self._notices.ignored(path, "name")
        else:
            return not self.flight.holds(path, identity_of(status))
        return False

    def _settle(self, directory: bytes, fd: int, candidates: list[_Candidate]) -> bool:
        """True: some must rest, and there was no room for them."""
        known = self._known([(c.path, c.identity) for c in candidates]) if candidates else ()
        tags = self._tags(directory)
        postponed = False
        for candidate in candidates:
            is_known = (candidate.path, candidate.identity) in known
            look = None if is_known else self._look(fd, candidate)
            if look is not None and not self._rested(candidate, look):
                postponed |= not self._rest(candidate, look)
                continue
            self.waiting.drop(candidate.path)
            if look is not None:
                self._hand_out(candidate.path, look.identity, tags)
        return postponed

    def _hand_out(self, path: bytes, identity: FileIdentity, tags: tuple[str, ...]) -> None:
        if identity.size == 0:
            self._notices.ignored(path, "empty", identity.inode, identity.mtime_ns)
            return
        self.flight.hand_out(path, identity)
        inbox = self._inbox
        self.settled.append(Settled(str(inbox.path), path, identity, tags, inbox.priority))

    def _look(self, fd: int, candidate: _Candidate) -> Look | None:
        try:
            with regular_file(candidate.name, dir_fd=fd) as file:
                return look_at(file)
        except NotRegular as error:
            self._notices.ignored(candidate.path, error.kind)
        except OSError as error:
            self._gone_or_said(candidate.path, error)
        return None

    def _gone_or_said(self, path: bytes, error: OSError) -> None:
        if is_our_own(error):
            raise error
        self.waiting.drop(path)
        if error.errno in (errno.ENOENT, errno.ESTALE):
            return
        reason = "unreadable" if error.errno in (errno.EACCES, errno.EPERM) else _reason(error)
        self._notices.ignored(path, reason)

    def _rested(self, candidate: _Candidate, look: Look) -> bool:
        needed = rest_needed(look, candidate.sign, self._settings)
        return needed <= self.waiting.rested(candidate.path, look.identity, monotonic())

    def _rest(self, candidate: _Candidate, look: Look) -> bool:
        wait = rest_needed(look, candidate.sign, self._settings)
        now = monotonic()
        rested = self.waiting.rested(candidate.path, look.identity, now)
        if wait == UNTIL_CLOSED:
            given_up = self.gives_up_held and rested >= self._settings.settle_quiet_unfinished
            if given_up:
                self._notices.ignored(candidate.path, "being_written", look.identity.inode)
            if given_up or self.told_of_close:
                self.waiting.drop(candidate.path)
                return True
            wait, rested = self._settings.settle_quiet, 0.0
        return self.waiting.put(candidate.path, look.identity, now, max(wait - rested, 0.0))

    def _tags(self, directory: bytes) -> tuple[str, ...]:
        if not (self._inbox.subfolder_tags and directory):
            return self._inbox.tags
        folders = [part.decode("utf-8", "replace") for part in directory.split(b"/")]
        return tuple(dict.fromkeys((*self._inbox.tags, *folders)))


def _reason(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, "unknown").lower()
