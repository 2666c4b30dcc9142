"""Words parted at a line's end: put together, unless the document writes them with a hyphen elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

MARKS = ("-", "\u2010", "\xad")
"""What stands at the end of a line whose last word goes on."""
_AROUND = ".,;:!?()[]{}\"'“”‘’„«»…*"

FEW_WORDS = 100
"""Up to so many, words are looked for one by one; of more, all words of the text are looked at."""

Words = Counter[str]


def count_words(texts: Sequence[str], *, only_asked: bool = False) -> tuple[Words, Words]:
    """The words of some lines, and those of them that hold a hyphen, lower-cased and without marks around.

    ``only_asked``: only those words are counted that ``join`` can ask for when these lines are all there are.
    """
    text = " ".join(texts)
    if "\u2010" in text:
        text = text.replace("\u2010", "-")
    hyphenated = _hyphenated(text)
    if not only_asked:
        return Counter(text.split()), hyphenated
    parted = {_bare(line[line.rfind(" ") + 1 :]) for line in texts if line[-1] in MARKS}
    asked = [word for word in hyphenated if not parted.isdisjoint(_parts(word))] if parted else []
    joined = {word.replace("-", "") for word in asked}
    return _counted({word for word in joined if word.split() == [word]}, text), hyphenated


def _counted(words: set[str], text: str) -> Words:
    """How often each of ``words`` stands in the text; those that do not are left out."""
    if len(words) > FEW_WORDS:
        return Counter([word for word in text.split() if word in words])
    found = {word: _times(word, text) for word in words}
    return Counter({word: n for word, n in found.items() if n})


def _times(word: str, text: str) -> int:
    """How often ``word``, which holds no white space, stands in the text with white space around it."""
    n = 0
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        n += (not at or text[at - 1].isspace()) and (end == len(text) or text[end].isspace())
        at = text.find(word, end)
    return n


def _parts(word: str) -> tuple[str, str]:
    """What stands before a line's end where the word is parted at its first or its last hyphen."""
    return word[: word.find("-") + 1], word[: word.rfind("-") + 1]


def _hyphenated(text: str) -> Words:
    found: Words = Counter()
    at = text.find("-")
    while at >= 0:
        start = text.rfind(" ", 0, at) + 1
        end = text.find(" ", at)
        end = len(text) if end < 0 else end
        bare = _bare(text[start:end])
        if "-" in bare[1:-1]:
            found[bare] += 1
        at = text.find("-", end)
    return found


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
