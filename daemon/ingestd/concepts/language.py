"""Which language a text is written in: by its script, then by its function words."""

from __future__ import annotations

import functools
import re
from collections import Counter
from importlib import resources

_WORD = re.compile(r"[^\W\d_]+")
_SAMPLE = 6_000
"""Characters looked at, at each of up to three places of the text."""
_ENOUGH = 0.08
"""Least share of function words in a sample that is taken for prose of a language."""
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("zh", re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("hi", re.compile("[\u0900-\u097f]")),
)
_WHOLE_SCRIPT = 0.15
"""Share of a sample's characters in a script that settles the language."""


@functools.cache
def stopwords() -> dict[str, frozenset[str]]:
    """Function words by language code."""
    table = {}
    text = resources.files(__package__).joinpath("stopwords.txt").read_text("utf-8")
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


def detect_language(text: str) -> str:
    """ISO 639-1 code of the language most of ``text`` is in; empty when it cannot be told."""
    sample = _sample(text)
    if not sample.isascii() and (code := _by_script(sample)):
        return code
    words = _WORD.findall(sample.lower())
    spoken = _spoken_by()
    votes = Counter("".join([spoken.get(word, "") for word in words]))
    if not votes:
        return ""
    mark, count = min(votes.items(), key=lambda vote: (-vote[1], vote[0]))
    return list(stopwords())[ord(mark)] if count >= max(2, _ENOUGH * len(words)) else ""


def _sample(text: str) -> str:
    if len(text) <= 2 * _SAMPLE:
        return text
    places = (0, len(text) // 2, len(text) * 3 // 4)
    return " ".join(text[place : place + _SAMPLE] for place in places)


def _by_script(sample: str) -> str:
    for code, pattern in _SCRIPTS:
        if len(pattern.findall(sample)) > _WHOLE_SCRIPT * len(sample):
            return code
    return ""
