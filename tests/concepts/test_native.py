"""The C module and the plain way beside it give the same, to the last bit."""

from __future__ import annotations

import pickle
import random
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestd.concepts import Candidates, Hints, candidates, gather, lexicon, native, rank
from ingestd.concepts.counts import Counts
from ingestd.concepts.endings import ENDINGS
from ingestd.concepts.lexicon import BREAK, START, Lexicon
from tests.concepts.test_extract import PAPER, STORIES, TRAPS

pytestmark = pytest.mark.skipif(native.native is None, reason="no C module was built")

PIECES = (
    *TRAPS, "graph\u2019s", "state-of-the-art", "x--y", "a_b", "_", "\u3005", "カタカナ・語", "漢-字", "漢--字", "2nd",
    "it's", "'s", "s'", "s--S", "1'S", "graph--s", "2018", "x'y''--z'", "_a", "a'-", "to--", "pull-ups", "O'Neill",
    "Naïve", "naïve", "\ud800", "bro\udfffken", "\x00", "\U0001f389", "\U00020000", "\xa0", "\u2028", "K\u212a",
    "\u0130stanbul", "ß", "\u0345", "(", "...", "!", "http://a.b", "w" * 41, "ab-" * 20, "the The", ". The", "\n\n",
)  # fmt: skip
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.lists(st.sampled_from(PIECES), max_size=120).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=120).map("".join),
)
PLAIN: dict[str, Lexicon] = {}
"""The lexicons of the plain way."""


@contextmanager
def plain_way() -> Iterator[None]:
    """What a machine without a compiler does."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(native, "native", None)
        patched.setattr(lexicon, "_lexicons", PLAIN)
        yield


def lexicons(language: str) -> tuple[Lexicon, Lexicon]:
    """A fresh one of each way."""
    with plain_way():
        plain = Lexicon(language)
    return Lexicon(language), plain


ENGLISH, UNKNOWN, JAPANESE = (lexicons(language) for language in ("en", "", "ja"))


@settings(deadline=None, max_examples=200)
@given(TEXTS, st.sampled_from((ENGLISH, UNKNOWN, JAPANESE)))
def test_texts_are_coded_alike(text: str, words: tuple[Lexicon, Lexicon]) -> None:
    """Any text has the same codes, whatever was coded before."""
    compiled, plain = words
    assert compiled.coded(text) == plain.coded(text)
    assert compiled.surfaces == plain.surfaces


def test_any_piece_after_any_other_is_coded_alike() -> None:
    """What a mark or a line end means depends on what follows: every pair of traps is tried."""
    for first, second in product(PIECES, PIECES):
        assert ENGLISH[0].coded(first + second) == ENGLISH[1].coded(first + second), (first, second)


ALPHABET = (BREAK, BREAK, BREAK + START, *map(chr, range(0x100, 0x108)), "\ufeff", "\U00010000")
CODES = st.lists(st.sampled_from(ALPHABET)).map("".join)
PAGES = st.sampled_from((0, 1, 63, 64, 65, 127, 128, 700))


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.tuples(CODES, PAGES), max_size=8), st.integers(1, 3), st.integers(0, 9), st.booleans(), PAGES
)
def test_phrases_are_counted_alike(
    pieces: list[tuple[str, int]], least: int, early: int, words: bool, shift: int
) -> None:
    """Counted, dropped, packed, recoded and merged, phrases and their figures are the same in the same order."""
    ways = (Counts(), native.native.Counts())
    packed = []
    for counts in ways:
        for coded, page in pieces[: len(pieces) // 2]:
            counts.add(coded, page)
        first = counts.pack()
        counts.keep(least, early, words)
        for coded, page in pieces[len(pieces) // 2 :]:
            counts.add(coded, page)
        counts.take(first, "\u0100\u0101", "\u0101\u0100", shift)
        packed.append((first, counts.pack(), counts.used(), len(counts), counts.length))
    assert packed[0] == packed[1]


@settings(deadline=None, max_examples=200)
@given(TEXTS, st.integers(-1, 30), TEXTS, TEXTS)
def test_texts_are_ranked_alike(text: str, limit: int, title: str, keyword: str) -> None:
    """Any text has the same concepts with the same scores, with and without hints."""
    hints = Hints(title, (keyword, title), (keyword[:40], "graph of the node"))
    with plain_way():
        plain = rank(gather(text), limit), rank(gather(text), limit, hints)
    assert (rank(gather(text), limit), rank(gather(text), limit, hints)) == plain


def test_endings_are_told_alike() -> None:
    """A word of every ending, of no ending, and ones too short for theirs: the scores are the same."""
    ends = [end for ends in ENDINGS for end in ends]
    text = ". ".join(
        f"{begin}{end} " * 2 for begin in ("", "b", "Bel", "BELG", "belgo-ba") for end in (*ends, "ug")
    )
    with plain_way():
        plain = rank(gather(text, language="en"), 500)
    assert rank(gather(text, language="en"), 500) == plain
    assert len(plain) > 100


def document(seed: int, pages: int) -> list[str]:
    """Pages of sentences whose words, as those of texts, are few common ones and many seldom ones."""
    chance = random.Random(seed)
    words = [
        f"{a}{b}{c}"
        for a in ("Net", "quant", "ab-", "re")
        for b in ("work", "um", "ing")
        for c in ("", "s", "ed")
    ]
    words += [f"{chance.choice('bcdfg')}{chance.choice('aeiou')}{n:x}x" for n in range(4_000)]
    share = [1 / (n + 1) for n in range(len(words))]
    body = PAPER + " ".join(STORIES.values())
    return [
        f"{body[n % 900 :][:300]} {'. The '.join(chance.choices(words, share, k=150))}." for n in range(pages)
    ]


def everything(pages: list[str], size: int) -> tuple[object, ...]:
    """The concepts of the whole, and of ranges that have travelled and were merged."""
    parts = [gather("\f".join(pages[i : i + size]), first_page=i + 1) for i in range(0, len(pages), size)]
    travelled: list[Candidates] = [pickle.loads(pickle.dumps(part)) for part in parts]
    merged = travelled[0].merge(*travelled[1:])
    whole = gather("\f".join(pages))
    return rank(whole, 50), rank(merged, 50), rank(parts[0].merge(*parts[1:]), 2_000)


@pytest.mark.parametrize("cap", [60_000, 900])
def test_long_documents_come_out_alike(cap: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """More pages than a number has bits, more phrases than a table holds: still the same."""
    monkeypatch.setattr(candidates, "_CAP", cap)
    pages = document(cap, 150)
    with plain_way():
        plain = everything(pages, 70)
    assert everything(pages, 70) == plain


def test_a_full_lexicon_is_replaced_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lexicon that is full in the middle of a document changes nothing."""
    expected = everything(document(1, 12), 5)
    monkeypatch.setattr(lexicon, "_MAX_WORDS", 60)
    monkeypatch.setattr(lexicon, "_lexicons", {})
    assert everything(document(1, 12), 5) == expected


def test_bad_columns_are_refused() -> None:
    """What was not packed by counts raises, and what was counted before stays whole."""
    counts = native.native.Counts()
    counts.add("\u0100\u0101 \u0100", 3)
    good = counts.pack()
    for place, bad in (
        (1, "\u0100"),
        (1, ""),
        (1, "\u0100" * 5),
        (2, b"1"),
        (6, [1]),
        (6, [None] * 3),
        (6, [-1] * 3),
    ):
        packed = [*good]
        packed[place] = bad
        with pytest.raises((ValueError, TypeError, OverflowError)):
            native.native.Counts().take(tuple(packed), "", "", 0)
    with pytest.raises(ValueError, match="for each code"):
        counts.take(good, "\u0100", "", 0)
    with pytest.raises(ValueError, match="columns"):
        counts.take(good, "", "", -1)
    assert counts.pack() == good


def test_words_that_nobody_described_are_refused() -> None:
    """Scores are never made of memory that nobody wrote."""
    words, counts = Lexicon("en"), native.native.Counts()
    counts.add(words.coded("graph graph"), 0)
    model = ((0.0,) * 18, (0.0,) * 9, (0.0,) * 9)
    with pytest.raises(LookupError):
        native.native.ranked(words.known, counts, 250, [], {}, model, model, 5)
