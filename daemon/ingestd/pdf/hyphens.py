"""Words parted at a line's end: put together, unless the document writes them with a hyphen elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable
from functools import cached_property

MARKS = ("-", "\u2010", "\xad")
"""What stands at the end of a line whose last word goes on."""
_AROUND = ".,;:!?()[]{}\"'“”‘’„«»…*"

FEW_WORDS = 100
"""Up to so many, words are looked for one by one; of more, all words of the text are counted."""

Words = Counter[str]


def count_words(texts: Iterable[str]) -> tuple[Words, Words]:
    """The words of some lines, and those of them that hold a hyphen, lower-cased and without marks around."""
    text = _as_one(texts)
    return Counter(text.split()), _hyphenated(text)


def _as_one(texts: Iterable[str]) -> str:
    text = " ".join(texts)
    return text.replace("\u2010", "-") if "\u2010" in text else text


def _hyphenated(text: str) -> Words:
    found: Words = Counter()
    at = text.find("-")
    while at >= 0:
        start = text.rfind(" ", 0, at) + 1
        end = text.find(" ", at)
        end = len(text) if end < 0 else end
        if at + 1 < end:  # not only at a line's end
            bare = text[start:end].strip(_AROUND).lower()
            if "-" in bare[1:-1]:
                found[bare] += 1
        at = text.find("-", end)
    return found


def kept_whole(words: Words, hyphenated: Words) -> frozenset[str]:
    """The hyphenated words that the document writes so more often than joined."""
    return frozenset(word for word, n in hyphenated.items() if n > words.get(word.replace("-", ""), 0))


class Written:
    """Stands for ``kept_whole`` where all lines are at hand: each word is counted when it is asked for."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = texts
        self._asked = 0

    def __contains__(self, word: object) -> bool:
        assert isinstance(word, str)
        times = self._hyphenated[word]
        return times > 0 and not self._is_joined(word.replace("-", ""), times)

    def _is_joined(self, word: str, times: int) -> bool:
        self._asked += 1
        return self._words[word] >= times if self._asked > FEW_WORDS else _stands(word, self._text, times)

    @cached_property
    def _text(self) -> str:
        return _as_one(self._texts)

    @cached_property
    def _words(self) -> Words:
        return Counter(self._text.split())

    @cached_property
    def _hyphenated(self) -> Words:
        return _hyphenated(self._text)


def _stands(word: str, text: str, times: int) -> bool:
    """Whether a word stands so often in the text with white space around it; never if it holds some itself."""
    at = text.find(word) if word.split() == [word] else -1
    while at >= 0:
        end = at + len(word)
        times -= (not at or text[at - 1].isspace()) and (end == len(text) or text[end].isspace())
        if times <= 0:
            return True
        at = text.find(word, end)
    return False


def _bare(word: str) -> str:
    return word.strip(_AROUND).replace("\u2010", "-").lower()


def is_parted(text: str) -> bool:
    """Whether a line ends inside a word."""
    return text.endswith(MARKS) and text[-2:-1].isalnum()


def join(left: str, right: str, kept: Container[str]) -> str:
    """A line that ends in a hyphen and the line that goes on from it."""
    last, first = left[left.rfind(" ") + 1 :], right[: right.find(" ")] if " " in right else right
    if left[-1] != "\xad" and _keeps(last, first, kept):
        return left + right
    return left[:-1] + right


def _keeps(last: str, first: str, kept: Container[str]) -> bool:
    head = last[:-1]
    if not first[:1].isalpha() or not head[-1:].isalpha():
        return True
    if first[0].isupper() and not head.isupper():
        return True
    if "-" in head or "\u2010" in head or "/" in head:
        return True
    return _bare(last + first) in kept
