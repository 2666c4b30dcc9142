"""People and programs that drop files, in all the ways they do; what they dropped is on record."""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from tests.pdfs import encrypted, pdf, prose

BACKLOG = 25
"""Files that lie in the inbox before the senders wait."""
NAMES = ("scan", "Rechnung für März", "two\nlines")
LONG = 5
"""Pages of the longer documents: more than a page range has."""


LEFT_ALONE = ("not_a_pdf", "empty")
"""Kinds that the daemon leaves in the inbox."""


@dataclass(frozen=True)
class Content:
    """Bytes that were dropped, under however many names."""

    sha256: str
    kind: str
    """``good``, ``long``, ``encrypted``, ``truncated``, ``not_a_pdf`` or ``empty``."""
    number: int
    data: bytes = field(repr=False)

    @property
    def pages(self) -> list[str]:
        """Its text, page by page."""
        return [prose(self.number + i, sentences=4) for i in range(LONG if self.kind == "long" else 1)]


@dataclass(frozen=True)
class Drop:
    """One file, complete in an inbox."""

    content: Content
    path: Path


@dataclass
class _Slow:
    """A file that is being written in pieces."""

    content: Content
    path: Path
    file: BinaryIO
    written: int = 0


class Senders:
    """Drops without end until stopped. Inside ``pause`` nothing moves."""

    def __init__(self, rng: random.Random, inbox: Path, keep: Path, aside: Path) -> None:
        self.drops: list[Drop] = []
        self.contents: dict[str, Content] = {}
        self.pause = threading.RLock()
        self._rng = rng
        self._inbox, self._keep, self._aside = inbox, keep, aside
        self._slow: list[_Slow] = []
        self._numbers = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="senders", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends; what is being written is finished."""
        self._stop.set()
        self._thread.join()
        while self._slow:
            self._write_on()

    def _run(self) -> None:
        while not self._stop.wait(self._rng.uniform(0.005, 0.12)):
            with self.pause:
                self._step()

    def _step(self) -> None:
        if self._slow and self._rng.random() < 0.4:
            self._write_on()
        elif sum(entry.is_file() for entry in self._inbox.iterdir()) < BACKLOG:
            ways: dict[Callable[[], None], int] = {
                self._drop_renamed: 30,
                self._drop_through_part: 10,
                self._begin_slow: 12,
                self._drop_in_folder: 8,
                self._drop_folder: 4,
                self._drop_again: 14,
                self._drop_twice_at_once: 5,
                self._rename_inside: 8,
                self._keep_one: 9,
                self._clear_away: 3,
            }
            self._rng.choices(list(ways), list(ways.values()))[0]()

    # -- ways to drop ------------------------------------------------------------------------------

    def _drop_renamed(self) -> None:
        self._rename_in(self._made(), self._inbox / self._name())

    def _drop_through_part(self) -> None:
        content, target = self._made(), self._inbox / self._name()
        part = target.with_name(target.name + ".part")
        part.write_bytes(content.data)
        self._move(part, target, content)

    def _begin_slow(self) -> None:
        content, path = self._made(), self._inbox / self._name()
        self._slow.append(_Slow(content, path, path.open("wb", buffering=0)))

    def _write_on(self) -> None:
        slow = self._rng.choice(self._slow)
        piece = slow.content.data[slow.written : slow.written + max(1, len(slow.content.data) // 3)]
        slow.file.write(piece)
        slow.written += len(piece)
        if slow.written >= len(slow.content.data):
            slow.file.close()
            self._slow.remove(slow)
            self.drops.append(Drop(slow.content, slow.path))

    def _drop_in_folder(self) -> None:
        folder = self._inbox / f"box {self._rng.randrange(4)}" / f"{self._rng.randrange(3)}"
        folder.mkdir(parents=True, exist_ok=True)
        self._rename_in(self._made(), folder / self._name())

    def _drop_folder(self) -> None:
        folder = self._aside / f"moved in {self._next()}"
        folder.mkdir()
        contents = [self._made() for _ in range(3)]
        names = [self._name() for _ in contents]
        for content, name in zip(contents, names, strict=True):
            (folder / name).write_bytes(content.data)
        folder.rename(self._inbox / folder.name)
        self.drops += [
            Drop(content, self._inbox / folder.name / name)
            for content, name in zip(contents, names, strict=True)
        ]

    def _drop_again(self) -> None:
        if self.drops:
            before = self._rng.choice(self.drops[-200:])
            same_name = self._rng.random() < 0.5
            path = before.path if same_name and before.path.parent == self._inbox else None
            self._rename_in(before.content, path or self._inbox / self._name())

    def _drop_twice_at_once(self) -> None:
        content = self._made()
        for _ in range(2):
            self._rename_in(content, self._inbox / self._name())

    def _rename_inside(self) -> None:
        waiting = [drop for drop in self.drops[-40:] if drop.path.parent == self._inbox]
        if waiting:
            drop = self._rng.choice(waiting)
            try:
                self._move(drop.path, self._inbox / self._name(), drop.content)
            except FileNotFoundError:
                return  # it has been taken
            self.drops.remove(drop)

    def _keep_one(self) -> None:
        self._rename_in(self._made(), self._keep / self._name())

    def _clear_away(self) -> None:
        """Somebody removes what the daemon leaves alone."""
        junk = dict.fromkeys(drop.path for drop in self.drops if drop.content.kind in LEFT_ALONE)
        cleared = set(list(junk)[:-4])
        for path in cleared:
            path.unlink(missing_ok=True)
        self.drops = [drop for drop in self.drops if drop.path not in cleared]

    # -- what is dropped ---------------------------------------------------------------------------

    def _made(self) -> Content:
        number = self._next()
        kinds = {"good": 76, "long": 10, "encrypted": 5, "truncated": 5, "not_a_pdf": 2, "empty": 2}
        kind = self._rng.choices(list(kinds), list(kinds.values()))[0]
        content = Content("", kind, number, b"")
        data = _bytes_of(kind, pdf(*content.pages, marker=f"{number}"))
        content = Content(hashlib.sha256(data).hexdigest(), kind, number, data)
        return self.contents.setdefault(content.sha256, content)

    def _rename_in(self, content: Content, target: Path) -> None:
        aside = self._aside / f"{self._next()}"
        aside.write_bytes(content.data)
        self._move(aside, target, content)

    def _move(self, source: Path, target: Path, content: Content) -> None:
        source.rename(target)
        self.drops.append(Drop(content, target))

    def _name(self) -> str:
        return f"{self._next()} {self._rng.choice(NAMES)}.pdf"

    def _next(self) -> int:
        self._numbers += 1
        return self._numbers


def _bytes_of(kind: str, data: bytes) -> bytes:
    if kind == "encrypted":
        return encrypted(data, "nobody knows")
    if kind == "truncated":
        return data[: len(data) // 2]
    if kind == "not_a_pdf":
        return b"Dear Sir, this is no PDF.\n" + data[-40:]
    return b"" if kind == "empty" else data
