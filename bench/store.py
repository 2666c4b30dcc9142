"""What the store alone costs: durable commits a second, a page of documents of several lengths.

Texts are made up: pseudo-words drawn by Zipf's law, so that common and rare words are as common and rare as
in real text.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import random
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.daemon import workspace
from ingestd.model import (
    Chunk,
    Claim,
    Concept,
    DocumentInfo,
    Extract,
    FileIdentity,
    PageText,
    Settled,
    Spooled,
)
from ingestd.store import Place, Seen, Store, open_store

WORDS_A_PAGE = 520
CHUNK = 380
CONTEXT = 300
NOW = 1e9


def options(parser: argparse.ArgumentParser) -> None:
    """Of this benchmark."""
    parser.add_argument("--dir", type=Path, help="where to work")


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure and print."""
    figures: dict[str, float] = {}
    for measure in (commits, cost):
        with workspace(arguments.dir) as root:
            store = open_store(root)
            for name, figure in measure(store):
                figures[name] = round(figure, 3)
                print(f"{name:50} {figure:10.3f}", flush=True)
            store.close()
    return figures


class Corpus:
    """Endless documents of made-up text, the same for the same seed."""

    def __init__(self, seed: int = 1, vocabulary: int = 60_000) -> None:
        self._random = random.Random(seed)
        syllables = [c + v for c in "bcdfghklmnprstvw" for v in ("a", "e", "i", "o", "u", "an", "er", "ion")]
        words: dict[str, None] = {}
        while len(words) < vocabulary:
            words["".join(self._random.choices(syllables, k=self._random.choice((1, 2, 2, 3, 3, 4))))] = None
        self.words = list(words)
        self._weights = list(itertools.accumulate(1 / (rank + 2.7) for rank in range(vocabulary)))

    def text(self, words: int) -> str:
        """So many words in sentences."""
        drawn = self._random.choices(self.words, cum_weights=self._weights, k=words)
        return ". ".join(" ".join(drawn[i : i + 18]).capitalize() for i in range(0, words, 18)) + "."

    def extract(self, pages: int) -> Extract:
        """A document of so many pages, cut and with concepts."""
        texts = [self.text(WORDS_A_PAGE) for _ in range(pages)]
        whole = "\f".join(texts)
        starts = list(itertools.accumulate((len(t) + 1 for t in texts), initial=0))
        chunks = []
        for index, start in enumerate(range(0, len(whole), CHUNK)):
            end = min(start + CHUNK, len(whole))
            page = next(n for n in range(pages) if starts[n + 1] > start) + 1
            around = whole[max(0, start - CONTEXT) : start] + " " + whole[end : end + CONTEXT]
            chunks.append(Chunk(index, start, end, page, page, ("Section",), around))
        concepts = tuple(
            Concept(" ".join(self._random.sample(self.words[50:9000], 2)), 1.0) for _ in range(15)
        )
        return Extract(
            DocumentInfo(pages, title=texts[0][:60]),
            tuple(PageText(n, text) for n, text in enumerate(texts, start=1)),
            tuple(chunks),
            concepts,
            engine="made",
        )


def spooled(name: str) -> Spooled:
    """A file of this name, with a content of its own."""
    source = Settled("/inbox", f"/inbox/{name}.pdf".encode(), FileIdentity(1, 2, 3, 4))
    return Spooled(hashlib.sha256(name.encode()).hexdigest(), 1, source)


def claims(store: Store, prefix: str, count: int) -> list[Claim]:
    """So many new documents, claimed."""
    store.accept([spooled(f"{prefix}{n}") for n in range(count)], NOW)
    return store.claim("bench", count, NOW)


def timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Wall and processor seconds of this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def commits(store: Store, seconds: float = 2.0) -> Iterator[tuple[str, float]]:
    """Small durable writes a second, from 1 and from 20 threads."""
    for threads in (1, 20):
        stop = time.perf_counter() + seconds

        def loop(thread: int, stop: float = stop) -> int:
            count = 0
            while time.perf_counter() < stop:
                seen = Seen(f"/{thread}/{count}".encode(), FileIdentity(1, 2, 3, 4), "kept")
                store.remember([seen], NOW)
                count += 1
            return count

        with ThreadPoolExecutor(threads) as pool:
            yield f"commits/s, {threads} threads", sum(pool.map(loop, range(threads))) / seconds


def cost(store: Store) -> Iterator[tuple[str, float]]:
    """Milliseconds of processor time a page, for documents of several lengths."""
    corpus = Corpus(2)
    for pages, count in ((1, 200), (20, 20), (200, 2)):
        held = claims(store, f"cost{pages}-", count)
        extracts = [corpus.extract(pages) for _ in held]
        wall, cpu = timed(
            lambda h=held, e=extracts: [store.complete(c, x, NOW) for c, x in zip(h, e, strict=True)]
        )
        yield f"ms CPU a page, documents of {pages}", cpu / (pages * count) * 1000
        yield f"ms wall a page, documents of {pages}", wall / (pages * count) * 1000


def fill(store: Store, corpus: Corpus, first: int, last: int) -> None:
    """Documents ``first`` to ``last`` of one page each, done and archived."""
    for begin in range(first, last, 500):
        held = claims(store, f"fill{begin}-", min(500, last - begin))
        with ThreadPoolExecutor(16) as pool:  # as the daemon does it: many callers to a commit
            list(pool.map(lambda c: store.complete(c, corpus.extract(1), NOW), held))
        store.moved([c.sha256 for c in held], Place.ARCHIVE)


def search(store: Store, corpus: Corpus, size: int, queries: int) -> Iterator[tuple[str, float]]:
    """Milliseconds of a query: words of middling rarity, of any rarity, a sentence, a phrase."""
    chance = random.Random(4)
    kinds: dict[str, Callable[[], str]] = {
        "two middling words": lambda: " ".join(chance.sample(corpus.words[100:5000], 2)),
        "three words as they come": lambda: " ".join(corpus.text(3).lower().strip(".").split()),
        "a sentence": lambda: corpus.text(18).lower().strip("."),
        "a phrase": lambda: '"' + " ".join(chance.sample(corpus.words[:3000], 2)) + '"',
        "a prefix": lambda: chance.choice(corpus.words[200:5000])[:4] + "*",
    }
    for kind, make in kinds.items():
        times = []
        for _ in range(queries):
            query = make()
            wall, _ = timed(lambda q=query: store.search(q, 10))
            times.append(wall * 1000)
        times.sort()
        yield f"search p50 ms, {kind}, at {size}", statistics.median(times)
        yield f"search p99 ms, {kind}, at {size}", times[int(len(times) * 0.99)]
