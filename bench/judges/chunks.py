"""Figures of a chunker by what a search over its chunks brings back.

All texts go into one index, as in one catalog: FTS5 ranked by BM25, the words of a question joined by OR,
the column of context weighted half. Chunks come best first until so many characters are full, so that small
and large ones are compared at the same reading cost.

``recall@N``   % of the answer's characters among the first N that are read
``recall``     their mean
``whole@N``    % of the questions whose whole answer is among them
``IoU5``       characters of the answer in the best five chunks : those of either
``cut``        % of the answers that no chunk holds whole
``uncovered``  characters, white space aside, that are in no chunk
``ms/Mchar``   processor time
"""

from __future__ import annotations

import json
import re
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import apsw

BUDGETS = (2000, 4000)
CONTEXT_WEIGHT = 0.5
_BEST = 120


class Piece(NamedTuple):
    """Characters ``start`` to ``end`` of a text, and what is indexed with them."""

    start: int
    end: int
    context: str = ""


class _Placed(NamedTuple):
    text: str
    start: int
    end: int


Range = tuple[int, int]
Chunker = Callable[[str], Sequence[Piece]]


def read(folder: Path) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """The texts in ``corpora/`` by name, and what ``questions.jsonl`` asks of them."""
    paths = sorted(p for p in (folder / "corpora").iterdir() if p.suffix in (".md", ".txt"))
    texts = {path.stem: path.read_text(encoding="utf-8") for path in paths}
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return texts, [json.loads(line) for line in lines if line.strip()]


def judge(
    chunker: Chunker, texts: Mapping[str, str], questions: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The figures of one chunker."""
    start = time.process_time()
    cut = {name: list(chunker(text)) for name, text in texts.items()}
    spent = time.process_time() - start
    found: dict[str, list[float]] = {}
    placed = [_Placed(name, piece.start, piece.end) for name, pieces in cut.items() for piece in pieces]
    for question, ranked in zip(questions, _answers(cut, texts, questions), strict=True):
        for name, figure in _one(question, [placed[i] for i in ranked], placed).items():
            found.setdefault(name, []).append(figure)
    figures: dict[str, Any] = {name: statistics.fmean(values) for name, values in found.items()}
    return figures | {
        "uncovered": sum(_uncovered(text, cut[name]) for name, text in texts.items()),
        "chunks": len(placed),
        "mean": statistics.fmean(piece.end - piece.start for piece in placed),
        "ms/Mchar": 1e9 * spent / sum(map(len, texts.values())),
    }


def _answers(
    cut: Mapping[str, Sequence[Piece]], texts: Mapping[str, str], questions: Sequence[Mapping[str, Any]]
) -> Iterator[list[int]]:
    """For each question the numbers of the chunks found, best first."""
    db = apsw.Connection(":memory:")
    db.execute("CREATE VIRTUAL TABLE chunks USING fts5(context, text, tokenize='porter unicode61')")
    rows = [(p.context, texts[name][p.start : p.end]) for name, pieces in cut.items() for p in pieces]
    db.executemany(
        "INSERT INTO chunks(rowid, context, text) VALUES (?, ?, ?)", ((i, *row) for i, row in enumerate(rows))
    )
    for question in questions:
        words = dict.fromkeys(re.findall(r"\w+", question["question"].lower()))
        found = db.execute(
            "SELECT rowid FROM chunks WHERE chunks MATCH ? ORDER BY bm25(chunks, ?, 1.0) LIMIT ?",
            (" OR ".join(f'"{word}"' for word in words), CONTEXT_WEIGHT, _BEST),
        )
        yield [row[0] for row in found]


def _one(question: Mapping[str, Any], ranked: Sequence[_Placed], all_: Sequence[_Placed]) -> dict[str, float]:
    answer = _union([(a, b) for a, b in question["references"]])
    of = question["corpus"]
    figures = {}
    for budget in BUDGETS:
        share, whole, _ = _found(answer, of, _first(ranked, budget))
        figures |= {f"recall@{budget}": share, f"whole@{budget}": whole}
    figures["recall"] = statistics.fmean(figures[f"recall@{budget}"] for budget in BUDGETS)
    figures["IoU5"] = _found(answer, of, ranked[:5])[2]
    here = [piece for piece in all_ if piece.text == of]
    held = [any(p.start <= a and b <= p.end for p in here) for a, b in question["references"]]
    figures["cut"] = 100 - 100 * statistics.fmean(held)
    return figures


def _first(ranked: Sequence[_Placed], budget: int) -> list[_Placed]:
    """So many characters of the best chunks, the last one cut."""
    taken: list[_Placed] = []
    for piece in ranked:
        if budget <= 0:
            break
        taken.append(piece._replace(end=min(piece.end, piece.start + budget)))
        budget -= piece.end - piece.start
    return taken


def _found(answer: Sequence[Range], of: str, got: Sequence[_Placed]) -> tuple[float, float, float]:
    """Per cent: of the answer's characters found, whether all, intersection over union."""
    inside = _union([(piece.start, piece.end) for piece in got if piece.text == of])
    read_, wanted = sum(piece.end - piece.start for piece in got), _size(answer)
    both = sum(max(0, min(b, d) - max(a, c)) for a, b in inside for c, d in answer)
    return 100 * both / wanted, 100.0 * (both == wanted), 100 * both / max(1, read_ + wanted - both)


def _union(ranges: Sequence[Range]) -> list[Range]:
    found: list[Range] = []
    for start, end in sorted(ranges):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _size(ranges: Sequence[Range]) -> int:
    return sum(end - start for start, end in ranges)


def _uncovered(text: str, pieces: Sequence[Piece]) -> int:
    left, last = 0, 0
    for start, end in [*_union([(p.start, p.end) for p in pieces]), (len(text), len(text))]:
        left += len("".join(text[last:start].split()))
        last = end
    return left
