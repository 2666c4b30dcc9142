"""Figures of lists of key phrases against what people gave: F1 of the first 5, 10 and 15, by stemmed equality.

A set is a folder or zip with ``docsutf8/ID.txt`` and ``keys/ID.key`` (one phrase a line).
"""

from __future__ import annotations

import random
import re
import statistics
import time
import unicodedata
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import Stemmer

Documents = Sequence[tuple[str, set[str]]]
"""Texts with their gold phrases, in normal form."""
Extractor = Callable[[str], Sequence[str]]

FIRST = (5, 10, 15)
_WORD = re.compile(r"[^\W_]+")
_PORTER = Stemmer.Stemmer("porter")


def normal(phrase: str) -> str:
    """Lower-cased words without marks, stemmed: what counts as the same key."""
    words = _WORD.findall(unicodedata.normalize("NFKC", phrase).lower())
    return " ".join(map(_PORTER.stemWord, words))


def load(folder: Path, name: str) -> Documents:
    """The set of this name, sorted by document."""
    archive = folder / f"{name}.zip"
    files = _unzipped(archive) if archive.exists() else _files(folder / name)
    texts = {Path(n).stem: data for n, data in files.items() if "docsutf8/" in n and n.endswith(".txt")}
    keys = {Path(n).stem: data for n, data in files.items() if "keys/" in n and n.endswith(".key")}
    return [
        (texts[n].decode("utf-8-sig", "replace"), _gold(keys[n])) for n in sorted(texts.keys() & keys.keys())
    ]


def _unzipped(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _files(path: Path) -> dict[str, bytes]:
    return {p.relative_to(path).as_posix(): p.read_bytes() for p in path.rglob("*") if p.is_file()}


def _gold(data: bytes) -> set[str]:
    keys = {normal(line) for line in data.decode("utf-8-sig", "replace").splitlines()}
    return keys - {""}


def sampled(documents: Documents, size: int) -> Documents:
    """So many of them, always the same; all for 0."""
    if not 0 < size < len(documents):
        return documents
    return [documents[i] for i in sorted(random.Random(1).sample(range(len(documents)), size))]


def judge(extractors: Mapping[str, Extractor], documents: Documents) -> dict[str, dict[str, float]]:
    """By extractor: mean F1 in per cent, and processor seconds a megabyte. All read each document in turn."""
    f1: dict[str, list[list[float]]] = {name: [] for name in extractors}
    spent = dict.fromkeys(extractors, 0.0)
    for extract in extractors.values():
        extract(documents[0][0])  # loads what it has to
    for text, gold in documents:
        for name, extract in extractors.items():
            start = time.process_time()
            phrases = extract(text)
            spent[name] += time.process_time() - start
            if gold:
                f1[name].append(_f1(phrases, gold))
    megabytes = sum(len(text.encode()) for text, _ in documents) / 1e6
    return {
        name: {
            f"F1@{k}": statistics.fmean(column)
            for k, column in zip(FIRST, zip(*rows, strict=True), strict=True)
        }
        | {"s/MB": spent[name] / megabytes}
        for name, rows in f1.items()
    }


def _f1(phrases: Sequence[str], gold: set[str]) -> list[float]:
    ranked = [phrase for phrase in dict.fromkeys(map(normal, phrases)) if phrase]
    hits = [phrase in gold for phrase in ranked]
    return [200 * sum(hits[:k]) / (k + len(gold)) for k in FIRST]
