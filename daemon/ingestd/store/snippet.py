"""The few words around a match, on one line, with the places that match."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import apsw

from ingestd.store.query import Term
from ingestd.store.words import TOKENIZER, UNSPACED, encodable, stems

WIDTH = 240
"""Characters of a snippet, about."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to mark: stems of words, beginnings of words, and runs of unspaced scripts."""

    stems: frozenset[str]
    prefixes: tuple[str, ...]
    runs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Snippet:
    """``text`` is one line; ``marks`` are places in it; ``at`` is where in the source it matches first."""

    text: str
    marks: tuple[tuple[int, int], ...]
    at: int


def wanted(db: apsw.Connection, terms: Iterable[Term]) -> Wanted:
    """What the terms of a query look like in a text."""
    whole: set[str] = set()
    prefixes: list[str] = []
    runs: list[str] = []
    for term in terms:
        runs += _RUN.findall(term.text)
        found = stems(db, _RUN.sub(" ", term.text))
        if term.prefix and found:
            prefixes.append(found.pop())
        whole.update(found)
    return Wanted(frozenset(whole), tuple(prefixes), tuple(runs))


def matches(db: apsw.Connection, text: str, want: Wanted) -> list[tuple[int, int, str]]:
    """Places in ``text`` that match, in order: start, end, what matched."""
    encoded = encodable(text).encode()
    found: list[tuple[int, int, str]] = []
    bytes_before = characters_before = 0  # the tokenizer counts bytes, a text characters
    tokens: Any = db.fts5_tokenizer(*TOKENIZER)(encoded, apsw.FTS5_TOKENIZE_DOCUMENT, None)
    for first, last, stem in tokens:
        if stem in want.stems or stem.startswith(want.prefixes):
            start = characters_before + len(encoded[bytes_before:first].decode())
            end = start + len(encoded[first:last].decode())
            found.append((start, end, stem))
            bytes_before, characters_before = last, end
    for run in want.runs:
        found += [(m.start(), m.end(), run) for m in re.finditer(re.escape(run), text)]
    return sorted(found)


def cut(text: str, found: Sequence[tuple[int, int, str]]) -> Snippet:
    """The stretch of ``text`` that shows most of what was looked for."""
    first, last = _densest(found) if found else (0, 0)
    spare = max(0, WIDTH - (last - first))
    start = _word_edge(text, max(0, first - spare // 3), first)
    end = min(len(text), start + max(WIDTH, last - start))
    if end < len(text):
        end = max(text.rfind(" ", last, end), last) if " " in text[last:end] else end
    marks = [(s, e) for s, e, _ in found if start <= s and e <= end]
    return _one_line(text, start, end, marks, first)


def _densest(found: Sequence[tuple[int, int, str]]) -> tuple[int, int]:
    """The shortest stretch, no wider than a snippet, with the most different matches; the first of equals.

    Shortest, because common words of a query stand everywhere: before the sentence sought, on another page.
    """
    best, span = (0, 0), found[0][:2]
    for i, (start, _, _) in enumerate(found):
        seen: set[str] = set()
        stop = start
        for _, end, stem in found[i : i + 40]:
            if end - start > WIDTH:
                break
            if stem not in seen:
                seen.add(stem)
                stop = end
        rating = (len(seen), start - stop)
        if rating > best:
            best, span = rating, (start, stop)
    return span


def _word_edge(text: str, start: int, latest: int) -> int:
    if start == 0 or text[start - 1].isspace():
        return start
    space = text.find(" ", start, latest)
    return start if space < 0 else space + 1


def _one_line(text: str, start: int, end: int, marks: list[tuple[int, int]], at: int) -> Snippet:
    """White space and controls become single spaces; marks move along."""
    opening = "…" if start > 0 else ""
    pieces: list[str] = []
    shifted: list[tuple[int, int]] = []
    length = len(opening)
    position = start
    for s, e in [*_disjoint(marks), (end, end)]:
        for piece, is_mark in ((text[position:s], False), (text[s:e], True)):
            line = _SPACE.sub(" ", piece)
            if not pieces:
                line = line.lstrip()
            if is_mark and line:
                shifted.append((length, length + len(line)))
            pieces.append(line)
            length += len(line)
        position = e
    body = "".join(pieces).rstrip()
    return Snippet(opening + body + ("…" if end < len(text) else ""), tuple(shifted), at)


_RUN = re.compile(f"[{UNSPACED}]+")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


def _disjoint(marks: list[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for mark in marks:
        if not kept or mark[0] >= kept[-1][1]:
            kept.append(mark)
    return kept
