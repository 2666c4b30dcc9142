"""Which language a text is written in, and whether it tells a story or explains a matter."""

from __future__ import annotations

import functools
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

_SAMPLE = 2_000
"""Characters looked at, at each of up to three places of a text."""
_ENOUGH = 0.03
"""Least share of function words in a sample that is taken for prose of a language."""
_SCRIPTS = (
    ("ja", "[\u3040-\u30ff]"),
    ("zh", "[\u3400-\u4dbf\u4e00-\u9fff]"),
    ("ko", "[\uac00-\ud7af]"),
    ("he", "[\u0590-\u05ff]"),
    ("th", "[\u0e00-\u0e7f]"),
    ("hi", "[\u0900-\u097f]"),
)
"""Compiled when first needed: few texts need them, and Han alone takes more than a millisecond."""
_NOT_ASCII = re.compile("[^\x00-\x7f]+")
_WHOLE_SCRIPT = 0.15
"""Share of a sample's characters in a script that settles the language."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a sample of a text speaks: counts of words, to be added up over the ranges of a document."""

    words: int = 0
    narrative: float = 0.0
    """Words that tell of people and of what happened (he, said, was, Monday), the weak ones counted half."""
    technical: int = 0
    """Words that explain (method, model, we)."""
    observed: float = 0.0
    """Words of experimental sciences, and those that tell what was done and seen, counted half."""

    def __add__(self, other: Manner) -> Manner:
        return Manner(
            self.words + other.words,
            self.narrative + other.narrative,
            self.technical + other.technical,
            self.observed + other.observed,
        )


@functools.cache
def stopwords() -> dict[str, frozenset[str]]:
    """Function words by language code."""
    return _table("stopwords.txt")


def sample(text: str) -> str:
    """Enough of a text to tell its language and manner by: three places of a long one."""
    if len(text) <= 3 * _SAMPLE:
        return text
    places = (0, len(text) // 2, len(text) * 3 // 4)
    return " ".join([text[place : place + _SAMPLE] for place in places])


def detect_language(text: str, words: list[str]) -> str:
    """ISO 639-1 code of a sample's language, empty if in doubt; ``words`` are its words, lower-cased."""
    if not text.isascii() and (code := _by_script(text)):
        return code
    spoken = _spoken_by()
    votes = Counter("".join(filter(None, map(spoken.get, words))))
    if not votes:
        return ""
    mark, count = min(votes.items(), key=lambda vote: (-vote[1], vote[0]))
    return list(stopwords())[ord(mark)] if count >= max(2, _ENOUGH * len(words)) else ""


def manner(words: list[str], language: str) -> Manner:
    """How the lower-cased words of a sample speak."""
    signs = _signs(language)
    met = Counter("".join(filter(None, map(signs.get, words)))) if signs else Counter()
    return Manner(
        len(words),
        narrative=met["n"] + met["p"] / 2,
        technical=met["t"],
        observed=met["o"] + met["d"] / 2,
    )


@functools.cache
def _signs(language: str) -> dict[str, str]:
    """Word -> the first letters of the kinds of manner.txt it stands for."""
    table: dict[str, str] = {}
    for name, words in _table("manner.txt").items():
        code, _, kind = name.partition(".")
        for word in words if code == language else ():
            table[word] = table.get(word, "") + kind[0]
    return table


@functools.cache
def _table(name: str) -> dict[str, frozenset[str]]:
    table = {}
    text = Path(__file__).with_name(name).read_text("utf-8")
    for line in text.splitlines():
        code, colon, words = line.partition(":")
        if colon and not line.startswith("#"):
            table[code] = frozenset(words.split())
    return table


@functools.cache
def _spoken_by() -> dict[str, str]:
    """Function word -> the languages that use it, one mark (a character) each."""
    table: dict[str, str] = {}
    for mark, words in enumerate(stopwords().values()):
        for word in words:
            table[word] = table.get(word, "") + chr(mark)
    return table


def _by_script(text: str) -> str:
    least = _WHOLE_SCRIPT * len(text)
    others = "".join(_NOT_ASCII.findall(text))  # few in most texts: what is left is quickly searched
    if len(others) > least:
        for code, pattern in _SCRIPTS:
            if len(re.findall(pattern, others)) > least:
                return code
    return ""
