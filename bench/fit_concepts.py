#!/usr/bin/env python3
"""Fit the weights and the table of weak words of ``ingestd.concepts`` again, and say how they travel.

    python -m bench.fit_concepts FOLDER [--write]        (or the folder in INGESTD_KEYPHRASES)

FOLDER holds two public research sets as zips or folders, each with ``docsutf8/ID.txt`` and ``keys/ID.key``:

* ``Nguyen2007``: 209 papers on computing with keys of authors and readers (Thuy Dung Nguyen and Min-Yen Kan,
  "Keyphrase Extraction in Scientific Publications", ICADL 2007);
* ``SemEval2017``: 493 paragraphs of papers on computing, physics and materials with annotated spans
  (Augenstein et al., "SemEval 2017 Task 10: ScienceIE").

Both as collected in the repository LIAAD/KeywordExtractor-Datasets, which states no licence. They are read
here and not shipped: what ``--write`` keeps are weights (``weights.py``) and English stems with how seldom
they are part of a key (``weak.txt``). Without it only the report is printed: F1@10 by fit and by set read.

Models, each a logistic regression on standardised features, solved by Newton's steps, folded into one vector:
LONG on whole papers, SHORT on the papers' first 1,500 characters and on the paragraphs; LONG_WORDS and
SHORT_WORDS on single words of the same, where a hit is a word of any key. Each twice: for English, with word
endings and weak words, and for all other languages without. Weak words are taken from other folds than the
documents they are weighed on.
"""

from __future__ import annotations

import argparse
import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import Stemmer

import ingestd.concepts
from bench.judges.keys import load, normal
from ingestd.concepts import native
from ingestd.concepts.candidates import gather
from ingestd.concepts.endings import ENDINGS
from ingestd.concepts.features import ENGLISH, NAMES, score
from ingestd.concepts.models import Model
from ingestd.concepts.table import Table

FOLDS = 5
HEAD = 1_500
CLASSES = len(ENDINGS) + 1
SINGLE = NAMES.index("1 word")
WEAKEST, WEAKNESS = (NAMES.index(name) for name in ENGLISH)
WORD_MODEL = ("one", "count", "early", "letters", "short word", "capitals", "acronym", "weakness")
SNOWBALL = Stemmer.Stemmer("english")

Array = np.ndarray

native.native = None  # the plain way of tables can be looked into, and gives the same


@dataclass
class Document:
    """One document with its candidates, as numbers."""

    gold: set[str]
    phrases: list[str]
    """Normal form of each candidate."""
    stems: list[list[str]]
    """The stems of its words, as the product takes them."""
    numbers: Array
    fold: int = 0
    hits: Array = field(init=False)
    word_hits: Array = field(init=False)

    def __post_init__(self) -> None:
        words = {word for key in self.gold for word in key.split()}
        self.hits = np.array([phrase in self.gold for phrase in self.phrases], float)
        self.word_hits = np.array([phrase in words for phrase in self.phrases], float)

    @property
    def single(self) -> Array:
        return self.numbers[:, SINGLE] > 0


def prepare(data: Iterable[tuple[str, set[str]]], seed: int = 0) -> list[Document]:
    """Candidates and numbers of each document; weakness is filled in later."""
    documents = [_document(text, gold) for text, gold in data]
    order = list(range(len(documents)))
    random.Random(seed).shuffle(order)
    for place, index in enumerate(order):
        documents[index].fold = place % FOLDS
    return documents


def _document(text: str, gold: set[str]) -> Document:
    table = Table(gather(text, language="en"))
    keys = table.worth()
    rows = np.zeros((len(keys), len(NAMES) + 2 * CLASSES))
    for place in range(len(NAMES)):
        # the product adds features up as it computes them: one is what the sum is with its weight alone
        alone = Model(tuple(np.eye(len(NAMES))[place].tolist()), (0.0,) * CLASSES, (0.0,) * CLASSES)
        rows[:, place] = list(score(table, alone, alone).values())
    phrases, stems = [], []
    for row, key in zip(rows, keys, strict=True):
        traits = [table.traits[code] for code in table.best[key]]
        row[len(NAMES) + traits[-1].ending] = 1
        if len(key) > 1:
            row[len(NAMES) + CLASSES + traits[0].ending] = 1
        phrases.append(normal(table.words.spell(table.best[key])))
        stems.append([SNOWBALL.stemWord(re.split(r"[-‐‑]", word.lower)[-1]) for word in traits])
    return Document(gold, phrases, stems, rows)


def weak_words(documents: Iterable[Document]) -> dict[str, float]:
    """Stem -> how much seldomer than others it is part of a key: a positive log, shrunk, of the weak only."""
    seen: Counter[str] = Counter()
    keyed: Counter[str] = Counter()
    for document in documents:
        inside = {SNOWBALL.stemWord(word) for key in document.gold for word in key.split()}
        inside |= {word for key in document.gold for word in key.split()}
        words = {word for stems in document.stems for word in stems}
        seen.update(words)
        keyed.update(words & inside)
    base, prior = sum(keyed.values()) / sum(seen.values()), 8
    ratios = {w: (keyed[w] + prior * base) / (n + prior) / base for w, n in seen.items() if n >= 5}
    return {w: -float(np.log(ratio)) for w, ratio in ratios.items() if ratio < 0.6}


def fill_weakness(documents: Iterable[Document], weak: dict[str, float]) -> None:
    """Set the two numbers that depend on the table of weak words."""
    for document in documents:
        for row, stems in zip(document.numbers, document.stems, strict=True):
            values = [weak.get(stem, 0.0) for stem in stems]
            row[WEAKEST], row[WEAKNESS] = max(values), sum(values) / len(values)


def cross_fill(sets: list[list[Document]]) -> None:
    """Fill weakness from the other folds, so that weights do not trust it more than it deserves."""
    for fold in range(FOLDS):
        others = [d for s in sets for d in s if d.fold != fold]
        table = weak_words(others)
        for documents in sets:
            fill_weakness([d for d in documents if d.fold == fold], table)


def fit(groups: list[tuple[list[Document], float]], *, english: bool = True, words: bool = False) -> Array:
    """One weight vector over ``numbers``; groups carry the weight of their documents' candidates."""
    used = _columns(english, words)
    rows, hits, weights = [], [], []
    for documents, weight in groups:
        for document in documents:
            kept = document.single if words else np.ones(len(document.phrases), bool)
            rows.append(document.numbers[kept][:, used])
            hits.append((document.word_hits if words else document.hits)[kept])
            weights.append(np.full(int(kept.sum()), weight))
    solved = _regress(np.concatenate(rows), np.concatenate(hits), np.concatenate(weights))
    vector = np.zeros(len(NAMES) + 2 * CLASSES)
    vector[used] = solved[1:]
    vector[0] += solved[0]
    return vector


def _columns(english: bool, words: bool) -> list[int]:
    named = [
        i
        for i, name in enumerate(NAMES)
        if (not words or name in WORD_MODEL) and (english or name not in ENGLISH)
    ]
    endings = range(len(NAMES), len(NAMES) + (CLASSES if words else 2 * CLASSES))
    return named + (list(endings) if english else [])


def _regress(rows: Array, hits: Array, weights: Array, ridge: float = 3.0, steps: int = 12) -> Array:
    mean = np.average(rows, axis=0, weights=weights)
    spread = np.sqrt(np.average((rows - mean) ** 2, axis=0, weights=weights))
    still = spread < 1e-9
    spread[still] = 1
    scaled = np.concatenate([np.ones((len(rows), 1)), (rows - mean) / spread], 1)
    scaled[:, 1:][:, still] = 0
    beta = np.zeros(scaled.shape[1])
    penalty = np.eye(len(beta)) * ridge
    penalty[0, 0] = 1e-6
    for _ in range(steps):
        chance = 1 / (1 + np.exp(-scaled @ beta))
        slope = scaled.T @ (weights * (hits - chance)) - penalty @ beta
        bend = (scaled.T * (weights * chance * (1 - chance))) @ scaled + penalty
        beta = beta + np.linalg.solve(bend, slope)
    solved = beta[1:] / spread
    solved[still] = 0
    return np.concatenate([[beta[0] - (solved * mean).sum()], solved])


def f1(documents: list[Document], vector: Array, keep: int = 10) -> float:
    """Mean F1 in per cent of the first ``keep``, repeats dropped."""
    total = 0.0
    for document in documents:
        chosen: dict[str, float] = {}
        for index in np.argsort(-(document.numbers @ vector), kind="stable"):
            chosen.setdefault(document.phrases[index], document.hits[index])
            if len(chosen) == keep:
                break
        total += 2 * sum(chosen.values()) / (keep + len(document.gold))
    return 100 * total / len(documents)


def folded(documents: list[Document], fitted: Callable[[list[Document]], Array]) -> float:
    """F1@10 with each document read by a fit on the other folds."""
    parts = []
    for fold in range(FOLDS):
        read = [d for d in documents if d.fold == fold]
        parts.append(f1(read, fitted([d for d in documents if d.fold != fold])) * len(read))
    return sum(parts) / len(documents)


def words_f1(documents: list[Document], vector: Array, keep: int = 10) -> float:
    """As ``f1`` for a list of single words, read against the words of the keys."""
    total = 0.0
    for document in documents:
        scores = np.where(document.single, document.numbers @ vector, -np.inf)
        chosen: dict[str, float] = {}
        for index in np.argsort(-scores, kind="stable"):
            chosen.setdefault(document.phrases[index], document.word_hits[index])
            if len(chosen) == keep:
                break
        words = {word for key in document.gold for word in key.split()}
        total += 2 * sum(chosen.values()) / (keep + len(words))
    return 100 * total / len(documents)


def report(papers: list[Document], heads: list[Document], paragraphs: list[Document]) -> None:
    """How fits travel: rows are what is fitted on, columns what is read."""
    fits = {
        "papers": fit([(papers, 1)]),
        "heads": fit([(heads, 1)]),
        "paragraphs": fit([(paragraphs, 1)]),
        "heads + 0.2 paragraphs": fit([(heads, 1), (paragraphs, 0.2)]),
        "papers, any language": fit([(papers, 1)], english=False),
        "heads + 0.2 par., any": fit([(heads, 1), (paragraphs, 0.2)], english=False),
    }
    print(f"{'fitted on':26}{'papers':>9}{'heads':>9}{'paragraphs':>12}")
    for name, vector in fits.items():
        print(f"{name:26}{f1(papers, vector):9.1f}{f1(heads, vector):9.1f}{f1(paragraphs, vector):12.1f}")
    words = {
        "words, papers": fit([(papers, 1)], words=True),
        "words, heads + 0.5 par.": fit([(heads, 1), (paragraphs, 0.5)], words=True),
        "same, any language": fit([(heads, 1), (paragraphs, 0.5)], english=False, words=True),
    }
    for name, vector in words.items():
        read = [words_f1(documents, vector) for documents in (papers, heads, paragraphs)]
        print(f"{name:26}{read[0]:9.1f}{read[1]:9.1f}{read[2]:12.1f}")
    own = [folded(s, lambda others: fit([(others, 1)])) for s in (papers, heads, paragraphs)]
    print(f"{'own set, other folds':26}{own[0]:9.1f}{own[1]:9.1f}{own[2]:12.1f}")


def write(models: dict[str, Array], weak: dict[str, float]) -> None:
    """Replace the product's weights and table of weak words."""
    package = Path(ingestd.concepts.__file__).parent
    lines = [
        '"""Fitted weights: generated by bench/fit_concepts.py (sources named there), do not edit."""\n',
        "from __future__ import annotations\n",
        "from ingestd.concepts.models import Model\n",
    ]
    for name, vector in models.items():
        size = len(NAMES)
        parts = (vector[:size], vector[size : size + CLASSES], vector[size + CLASSES :])
        lines.append(f"{name} = Model({', '.join(_tuple(part) for part in parts)})")
    (package / "weights.py").write_text("\n".join(lines) + "\n")
    table = [
        "# English stems that are seldom part of a concept: generated by bench/fit_concepts.py, do not edit."
    ]
    levels: dict[float, list[str]] = {}
    for word in sorted(weak):
        levels.setdefault(round(2 * weak[word]) / 2, []).append(word)
    table += [f"{level}: {' '.join(levels[level])}" for level in sorted(levels, reverse=True)]
    (package / "weak.txt").write_text("\n".join(table) + "\n")


def _tuple(values: Array) -> str:
    return "(" + ", ".join(f"{value:.3g}" for value in values) + ")"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, default=os.environ.get("INGESTD_KEYPHRASES"))
    parser.add_argument("--write", action="store_true", help="replace weights.py and weak.txt")
    chosen = parser.parse_args()
    if not chosen.folder:
        parser.error("name the folder of the data sets")
    whole = load(Path(chosen.folder), "Nguyen2007")
    papers, heads = prepare(whole), prepare([(text[:HEAD], gold) for text, gold in whole])
    paragraphs = prepare(load(Path(chosen.folder), "SemEval2017"))
    cross_fill([papers, heads, paragraphs])
    report(papers, heads, paragraphs)
    if chosen.write:
        long, short = [(papers, 1.0)], [(heads, 1.0), (paragraphs, 0.2)]
        # papers and heads in one fit of words would take a document's length for a word's weight
        words = [(heads, 1.0), (paragraphs, 0.5)]
        models = {}
        for suffix, english in (("", True), ("_ANY", False)):
            models[f"LONG{suffix}"] = fit(long, english=english)
            models[f"SHORT{suffix}"] = fit(short, english=english)
            models[f"LONG_WORDS{suffix}"] = fit(long, english=english, words=True)
            models[f"SHORT_WORDS{suffix}"] = fit(words, english=english, words=True)
        write(models, weak_words([*papers, *paragraphs]))


if __name__ == "__main__":
    main()
