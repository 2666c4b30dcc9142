"""Words parted at a line's end: put together, unless the document writes them with a hyphen elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

MARKS = ("-", "\u2010", "\xad")
"""What stands at the end of a line whose last word goes on."""
_AROUND = ".,;:!?()[]{}\"'“”‘’„«»…*"

Words = Counter[str]


def count_words(texts: Iterable[str], *, only_asked: bool = False) -> tuple[Words, Words]:
    """The words of some lines, and those of them that hold a hyphen, lower-cased and without marks around.

    ``only_asked``: of the words without a hyphen only those are counted that stand with one too.
    """
    text = " ".join(texts)
    if "\u2010" in text:
        text = text.replace("\u2010", "-")
    tokens = text.split()
    hyphenated: Words = Counter()
    for token in [token for token in tokens if "-" in token]:
        bare = _bare(token)
        if "-" in bare[1:-1]:
            hyphenated[bare] += 1
    if only_asked:
        asked = {word.replace("-", "") for word in hyphenated}
        tokens = [token for token in tokens if token in asked]
    return Counter(tokens), hyphenated


def kept_whole(words: Words, hyphenated: Words) -> frozenset[str]:
    """The hyphenated words that the document writes so more often than joined."""
    return frozenset(word for word, n in hyphenated.items() if n > words.get(word.replace("-", ""), 0))


def _bare(word: str) -> str:
    return word.strip(_AROUND).replace("\u2010", "-").lower()


def is_parted(text: str) -> bool:
    """Whether a line ends inside a word."""
    return text.endswith(MARKS) and text[-2:-1].isalnum()


def join(left: str, right: str, kept: frozenset[str]) -> str:
    """A line that ends in a hyphen and the line that goes on from it."""
    last, first = left[left.rfind(" ") + 1 :], right[: right.find(" ")] if " " in right else right
    if left[-1] != "\xad" and _keeps(last, first, kept):
        return left + right
    return left[:-1] + right


def _keeps(last: str, first: str, kept: frozenset[str]) -> bool:
    head = last[:-1]
    if not first[:1].isalpha() or not head[-1:].isalpha():
        return True
    if first[0].isupper() and not head.isupper():
        return True
    if "-" in head or "\u2010" in head or "/" in head:
        return True
    return _bare(last + first) in kept
