"""What the script of a page changes in the places of its lines, so that nothing behind needs to know of it."""

from __future__ import annotations

from collections.abc import Sequence

from ingestd.pdf.layout import FIXED, Line

_OTHER = "\u0590"
"""Behind this stand all scripts that are looked at here; before, Latin, Greek, Cyrillic, Armenian."""
_RTL_END = "\u08ff"
_WIDE = "\u2e80"


def in_its_script(lines: Sequence[Line]) -> Sequence[Line]:
    """The lines as if their script were Latin.

    A page in a script that runs to the left is mirrored: its columns and its paragraphs then are those of any
    other page. Han and kana all have one width, which is no sign of code there.
    """
    starts = "".join([line[0][0] for line in lines])
    if starts.isascii() or (last := max(starts)) <= _OTHER:
        return lines
    if last >= _WIDE:
        lines = [line._replace(look=line[5] & ~FIXED) if line[0][0] >= _WIDE else line for line in lines]
    right_to_left = any(_OTHER < start <= _RTL_END for start in set(starts))
    return _mirrored(lines) if right_to_left and _runs_left(lines) else lines


def _runs_left(lines: Sequence[Line]) -> bool:
    """Whether most letters of a page belong to scripts that run to the left."""
    letters = [character for line in lines for character in line[0] if character.isalpha()]
    return 2 * sum(_OTHER <= letter <= _RTL_END for letter in letters) > len(letters)


def _mirrored(lines: Sequence[Line]) -> list[Line]:
    return [line._replace(x0=-line[2], x1=-line[1]) for line in lines]
