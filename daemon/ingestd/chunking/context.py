"""The words around a chunk: indexed with it, no part of it, and never stored."""

from __future__ import annotations

from collections.abc import Sequence

REACH = 300
"""Characters of neighbouring text on each side."""

_LONGEST_WORD = 40
"""How far a cut word is followed to be dropped whole; scripts without spaces have no end to look for."""


def context_of(text: str, start: int, end: int, section: Sequence[str] = ()) -> str:
    """What is indexed with ``text[start:end]``: its heading path, then about 300 characters on each side.

    A pure function of its arguments, so an index without stored content can be rebuilt from the
    document's text. Words are whole; the parts stand on lines of their own.
    """
    parts = (*section, _before(text, start), _after(text, end))
    return "\n".join(filter(None, parts))


def _before(text: str, start: int) -> str:
    first = start - REACH
    if first <= 0:
        return text[:start].strip()
    if not (text[first - 1].isspace() or text[first].isspace()):
        cut = len(text[first : first + _LONGEST_WORD].split(None, 1)[0])
        first += cut if cut < _LONGEST_WORD else 0
    return text[first:start].strip()


def _after(text: str, end: int) -> str:
    last = end + REACH
    if last < len(text) and not (text[last].isspace() or text[last - 1].isspace()):
        cut = len(text[last - _LONGEST_WORD : last].rsplit(None, 1)[-1])
        last -= cut if cut < _LONGEST_WORD else 0
    return text[end:last].strip()
