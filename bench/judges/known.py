"""Known items: sentences that stand on a page must bring that page back, first, also when they are damaged.

A person remembers a sentence roughly: some words are gone, some have changed places.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ingestd.errors import QueryError
from ingestd.store import Catalog

DROPPED = 0.15
"""Share of the words that a damaged sentence lacks; one at least."""
SWAPPED = 0.15
"""Share of its words that change places with the next one; one pair at least."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-ZÄÖÜ])")
_WORD = re.compile(r"[^\W\d_]{2,}")
_QUOTES = re.compile('["“”„‟«»＂]')
"""They make a phrase of what stands between them."""
_SHORTEST, _LONGEST = 8, 40
_OF_WORDS = 0.8
"""Share of what stands between spaces that must be words: formulas and tables are not remembered."""


class Known(NamedTuple):
    """A sentence and where it stands."""

    document: str
    page: int
    sentence: str


def sentences(document: str, pages: Iterable[tuple[int, str]]) -> list[Known]:
    """What a person could remember of a document: whole sentences of words, each within a page."""
    found = []
    for number, text in pages:
        for paragraph in text.split("\n\n"):
            parts = _SENTENCE.split(" ".join(paragraph.split()))
            found += [Known(document, number, part) for part in parts if _is_sentence(part)]
    return found


def unique(items: Sequence[Known]) -> list[Known]:
    """Those whose sentence stands in one place alone."""
    places = Counter(item.sentence for item in items)
    return [item for item in items if places[item.sentence] == 1]


def _is_sentence(text: str) -> bool:
    parts = text.split()
    words = sum(len(_WORD.findall(part)) == 1 for part in parts)
    return (
        _SHORTEST <= len(parts) <= _LONGEST
        and words >= _OF_WORDS * len(parts)
        and text[0].isupper()
        and text[-1] in ".!?"
        and not _QUOTES.search(text)
    )


def damaged(sentence: str, dice: random.Random) -> str:
    """The sentence with words dropped and neighbours swapped."""
    words = sentence.split()
    for _ in range(max(1, round(DROPPED * len(words)))):
        del words[dice.randrange(len(words))]
    for _ in range(max(1, round(SWAPPED * len(words)))):
        i = dice.randrange(len(words) - 1)
        words[i], words[i + 1] = words[i + 1], words[i]
    return " ".join(words)


def first(catalog: Catalog, queries: Sequence[tuple[str, Known]]) -> list[bool]:
    """For each query, whether the first hit is the document and the page."""
    found = []
    for query, known in queries:
        try:
            hits = catalog.search(query, 1)
        except QueryError:  # a word of the sentence that is an operator
            hits = []
        found.append(bool(hits) and (hits[0].sha256, hits[0].page) == (known.document, known.page))
    return found
