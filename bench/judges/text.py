"""Figures of extracted text against the text that the page is known to hold.

``char``       100 x similarity of the whole text by insertions and deletions, white space collapsed
``words``      100 x F1 of the words as a bag
``order``      100 x longest common subsequence of words / words in common: reading order alone
``paras``      100 x F1 of where blocks end
``broken``     true words that stand parted, in 1,000 (the fewer the better, and so below)
``glued``      pairs of true words run together, in 1,000
``odd``        ligature code points, soft hyphens and controls, in 1,000 words
``furniture``  running heads still in the text, % of pages
``checks``     % of single statements on a page that hold: present, absent, before
"""

from __future__ import annotations

import json
import re
import statistics
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel, LCSseq

Pages = Sequence[str]
Reader = Callable[[Path], Pages]

_WORD = re.compile(r"[^\W_]+(?:[’'.,-][^\W_]+)*")
_ODD = re.compile("[\ufb00-\ufb06\u00ad\ufffd\ufffe\uffff\x00-\x08\x0b\x0e-\x1f]")
_HYPHENS = "-\u00ad\u0002\ufffe\u2010"
_PARTED = re.compile(rf"[^\W_]+[{_HYPHENS}]\s*[^\W_]+")
_PART = re.compile(rf"[{_HYPHENS}]\s*")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_STRAIGHT = str.maketrans("“”’–", '""\'-')
_ALIKE = 90
"""Per cent of its letters that a passage must share with the page to stand there."""


def judged(pages: Pages, truth: str, furniture: Sequence[str]) -> dict[str, float]:
    """The figures of one document whose text is known to the letter."""
    text = "\n\n".join(pages).replace("\r\n", "\n").replace("\r", "\n")
    true, got = _words(truth), _words(text)
    bag, found = Counter(true), Counter(got)
    thousand = 1000 / max(1, len(true))
    figures = {
        "char": 100 * Indel.normalized_similarity(_squeezed(truth), _squeezed(text)),
        "words": _f1(bag, found),
        "order": 100 * LCSseq.similarity(true, got) / max(1, (bag & found).total()),
        "paras": _f1(_ends(truth), _ends(text)),
        "broken": thousand * _broken(bag - found, got, text),
        "glued": thousand * _agreed(found - bag, _pairs(true)),
        "odd": thousand * len(_ODD.findall(text)),
    }
    return figures | ({"furniture": _furniture(pages, furniture)} if furniture else {})


def judge(folder: Path, read: Reader) -> dict[str, float]:
    """Means over the documents of a folder: ``NAME.pdf`` beside ``NAME.txt`` and ``NAME.furniture.txt``."""
    rows = []
    for truth in sorted(folder.glob("*.txt")):
        if truth.name.endswith(".furniture.txt"):
            continue
        heads = truth.with_suffix(".furniture.txt")
        lines = heads.read_text(encoding="utf-8").splitlines() if heads.exists() else []
        known = [head for line in lines if (head := _squeezed(line))]
        rows.append(judged(read(truth.with_suffix(".pdf")), truth.read_text(encoding="utf-8"), known))
    keys = dict.fromkeys(key for row in rows for key in row)
    return {key: statistics.fmean(row[key] for row in rows if key in row) for key in keys}


def check(folder: Path, read: Reader) -> dict[str, float]:
    """Of the statements in a folder's ``tests.jsonl`` (as olmOCR-bench writes them), the share that holds."""
    lines = (folder / "tests.jsonl").read_text(encoding="utf-8").splitlines()
    statements: defaultdict[str, list[Any]] = defaultdict(list)
    for statement in (json.loads(line) for line in lines if line.strip()):
        if statement["type"] in ("present", "absent", "order"):
            statements[statement["pdf"]].append(statement)
    held: list[bool] = []
    for name, said in sorted(statements.items()):
        pages = read(folder / name)
        held += [_holds(statement, pages) for statement in said]
    return {"checks": 100 * statistics.fmean(held)}


def _holds(said: Mapping[str, Any], pages: Pages) -> bool:
    page = _plain(pages[min(said["page"], len(pages)) - 1]) if pages else ""
    if said["type"] == "absent":
        return _plain(said["text"]).lower() not in page.lower()
    if said["type"] == "present":
        return _place(said["text"], page) is not None
    before, after = _place(said["before"], page), _place(said["after"], page)
    return before is not None and after is not None and before < after


def _place(passage: str, page: str) -> int | None:
    found = fuzz.partial_ratio_alignment(_plain(passage), page, score_cutoff=_ALIKE)
    return found.dest_start if found else None


def _plain(text: str) -> str:
    return _squeezed(unicodedata.normalize("NFKC", text)).translate(_STRAIGHT)


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()


def _words(text: str) -> list[str]:
    return _WORD.findall(_squeezed(text))


def _ends(text: str) -> Counter[str]:
    """Where blocks end: their last five words."""
    last = (_words(block)[-5:] for block in _BLANK_LINE.split(text))
    return Counter(" ".join(words) for words in last if len(words) > 2)


def _f1(a: Counter[str], b: Counter[str]) -> float:
    return 200 * (a & b).total() / max(1, a.total() + b.total())


def _pairs(words: Sequence[str]) -> Counter[str]:
    return Counter(a + b for a, b in pairwise(words))


def _broken(lost: Counter[str], got: Sequence[str], text: str) -> int:
    pairs, parted = _pairs(got), Counter(_PART.sub("", word) for word in _PARTED.findall(text))
    return _agreed(Counter({w: n for w, n in lost.items() if len(w) > 3}), pairs | parted)


def _agreed(a: Counter[str], b: Counter[str]) -> int:
    return (a & b).total()


def _furniture(pages: Iterable[str], known: Sequence[str]) -> float:
    """Pages that hold a running head; of a text in one piece, running heads for four a document."""
    texts = [_squeezed(page) for page in pages]
    if len(texts) == 1:
        return min(100.0, 100 * sum(texts[0].count(head) for head in known) / 4)
    texts = [text for text in texts if text]
    return 100 * sum(any(head in text for head in known) for text in texts) / max(1, len(texts))
