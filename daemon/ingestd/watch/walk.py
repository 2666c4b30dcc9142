"""Listing directories a piece at a time, so that a scan can pause anywhere and holds no list of files."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable, Generator
from typing import NamedTuple

from ingestd.untrusted import directory as open_directory
from ingestd.untrusted import is_our_own

PIECE = 128
"""Names in one piece."""


class Piece(NamedTuple):
    """Some names of one directory, open as ``fd`` until the next piece is asked for."""

    directory: bytes
    fd: int
    names: list[bytes]
    deep: bool
    """Descend into every directory among the names, not only into those that are not watched yet."""


class Walk:
    """A list of directories still to be listed, and the place reached in the one that is open.

    ``arm(fd, relative)`` is called before a directory is listed: a file that comes later is an event.
    """

    def __init__(self, root: bytes, arm: Callable[[int, bytes], None]) -> None:
        self._root = root
        self._arm = arm
        self._todo: dict[bytes, bool] = {}
        self._open: Generator[Piece, None, None] | None = None

    @property
    def active(self) -> bool:
        """There is more to list."""
        return self._open is not None or bool(self._todo)

    def add(self, relative: bytes, *, deep: bool) -> None:
        """List this directory too."""
        self._todo[relative] = deep or self._todo.get(relative, False)

    def next_piece(self) -> Piece | None:
        """The next names; None at the end of a directory, or when it could not be opened (see ``active``)."""
        if self._open is None:
            if not self._todo:
                return None
            relative, deep = self._todo.popitem()
            self._open = self._list(relative, deep)
        try:
            return next(self._open)
        except StopIteration:
            self._open = None
        except OSError as error:
            # Moved away, replaced by a link, or unreadable: its event or the next scan brings it back.
            self._open = None
            if is_our_own(error):
                raise
        return None

    def close(self) -> None:
        """Stop listing and forget what was to be listed."""
        self._todo.clear()
        if self._open is not None:
            with contextlib.suppress(ValueError):  # it runs: a disk holds up a step that was given up
                self._open.close()
            self._open = None

    def _list(self, relative: bytes, deep: bool) -> Generator[Piece, None, None]:
        with open_directory(self._root, relative) as fd:
            self._arm(fd, relative)
            with os.scandir(fd) as entries:
                names = (os.fsencode(entry.name) for entry in entries)
                while piece := list(itertools.islice(names, PIECE)):
                    yield Piece(relative, fd, piece, deep)
