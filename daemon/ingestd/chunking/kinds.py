"""What kinds of character there are for the one who looks for borders, told once for each character."""

from __future__ import annotations

TERMINATORS = ".!?…‽؟۔।॥։።។៕"
WIDE_TERMINATORS = "。！？｡．"
"""Those of scripts that put no space after them."""
CLOSERS = "\"'”’“»›)]}）」』】〉》*_"
OPENERS = "([{\"'“‘«„"
BLANKS = " \t\xa0\u2002\u2003\u2009\u202f\u3000"
"""Spaces between sentences of one line."""
NEW_LINES = "\n\r\v\x1c\x1d\x1e\x85\u2028\u2029"
"""What ends a line, form feeds aside."""
BULLETS = "-*•‣◦▪–—·+>"

_SETS = (TERMINATORS, WIDE_TERMINATORS, CLOSERS, BLANKS, NEW_LINES, BULLETS, OPENERS)
_TESTS = (str.isspace, str.islower, str.isalpha, str.isdecimal, str.isdigit)


def kinds_of(code: int) -> int:
    """A bit for each kind that the character belongs to, in the order ``_borders.c`` names them."""
    character = chr(code)
    kinds = [character in members for members in _SETS] + [test(character) for test in _TESTS]
    return sum(1 << bit for bit, is_one in enumerate(kinds) if is_one)
