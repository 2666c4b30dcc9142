"""Cutting text into chunks: short pieces, each ended at the strongest border near.

``borders`` says where a text may be cut and how much ``harm`` a cut does there: at ends of ``lines`` and of
``sentences``, and where those are far apart at what ``filling`` finds. ``headings`` finds headings in plain
text and tells under which path a position stands, ``partition`` chooses the cuts, ``context`` gives the words
around a chunk that are indexed with it. ``cutter`` puts them together. ``_borders.c``, where it was built
(``native``), does the loops over characters and borders; ``kinds`` tells it, and Python, what characters are.
"""

from ingestd.chunking.context import context_of
from ingestd.chunking.cutter import chunk_text, cut, shifted

__all__ = ["chunk_text", "context_of", "cut", "shifted"]
