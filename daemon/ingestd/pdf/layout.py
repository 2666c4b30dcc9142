"""A page as lines with places: what an engine gives, and what order and paragraphs are made from."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from typing import NamedTuple

BOLD, FIXED = 1, 2
FAR_AWAY = 1e6
"""Points from which on nothing is: seventy times the largest page that viewers show."""


def sane(number: float) -> float:
    """A place or a size as a file gives it; 0 for what is none: a spoiled file says infinite, and worse."""
    return number if abs(number) < FAR_AWAY else 0.0


class Box(NamedTuple):
    """The visible part of a page in PDF coordinates; never empty."""

    left: float
    bottom: float
    right: float
    top: float


def sane_box(x0: float, y0: float, x1: float, y1: float) -> Box:
    """A page's box by two corners, as a file gives it; US letter, as for a page without one, where it is none."""
    box = Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
    whole = box.left < box.right and box.bottom < box.top and all(abs(number) < FAR_AWAY for number in box)
    return box if whole else Box(0.0, 0.0, 612.0, 792.0)


class Line(NamedTuple):
    """Characters on one base line. Points; x to the right, y *downwards* from the page's upper edge."""

    text: str
    x0: float
    x1: float
    base: float
    """Of the base line."""
    size: float
    """Height of the font."""
    look: int = 0
    """``BOLD`` and ``FIXED`` where most of it is."""
    follows: int = 0
    """Stands to the right of the line before it, on the same row, behind a wide gap."""
    turned: int = 0
    """Does not run the way most of the page does."""


Key = tuple[str, int]
"""What may come back on other pages (text with its digits masked, or how far a printed page number is from
ours), and at what height."""
Outer = list[tuple[list[Key], list[int]]]


@dataclass(slots=True)
class PageLayout:
    """The lines of one page in stream order."""

    width: float
    height: float
    lines: list[Line] = field(default_factory=list)
    letters: int = 0
    """Characters, those between the lines included."""
    unmapped: float = 0.0
    """Share of the characters whose font gives them no Unicode value."""
    outer: Outer | None = None
    """What ``furniture`` has found out about the outer rows; does not travel."""

    def pack(self) -> bytes:
        """As bytes, to travel; ``unpack`` undoes it."""
        rows = [tuple(line) for line in self.lines]
        return pickle.dumps((self.width, self.height, rows, self.letters, self.unmapped), protocol=5)


def unpack(data: bytes) -> PageLayout:
    """The layout that ``pack`` was called on. Only for bytes that a worker of ours has made."""
    width, height, rows, letters, unmapped = pickle.loads(data)
    return PageLayout(width, height, [Line(*row) for row in rows], letters, unmapped)
