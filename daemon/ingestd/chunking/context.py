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
    return "\n".join(part for part in parts if part)


def _before(text: str, start: int) -> str:
    first = max(0, start - REACH)
    window = text[first:start]
    if first > 0 and not text[first - 1].isspace():
        window = window[_word_end(window) :]
    return window.strip()


def _after(text: str, end: int) -> str:
    window = text[end : end + REACH]
    if end + REACH < len(text) and not text[end + REACH].isspace():
        window = window[: len(window) - _word_end(window[::-1])]
    return window.strip()


def _word_end(window: str) -> int:
    """Length of the part of a word at the beginning of ``window``; 0 where it has no end near."""
    for length, character in enumerate(window[:_LONGEST_WORD]):
        if character.isspace():
            return length
    return 0
