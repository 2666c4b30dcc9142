"""How much harm a cut does, by what stands around it. In the unit of ``partition``: 1 is a chunk of twice the
wanted length."""

from __future__ import annotations

Border = tuple[int, int, float]
"""A place between two characters (or two runs of them, white space between): the offset behind the last
character before it, that of the first character after it, and the harm of a cut there."""

HEADING = -0.4
BLANK_LINE = 0.0
PARAGRAPH = 0.05
"""A line end behind a sentence."""
ROW = 0.3
"""A line end in a table, a list, code, verse."""
SENTENCE = 0.25
CLAUSE = 0.6
WRAP = 0.8
"""A line end in running text."""
WORD = 1.0
ANYWHERE = 1.4
INSIDE_HEADING = 2.5
"""Also between a heading and what it heads."""

SPACING = 32
"""Of borders that begin in the same run of so many characters one is kept: the strongest, of equals the first."""
STRETCH = 300
"""Characters without a border from which on weaker ones are looked for."""
