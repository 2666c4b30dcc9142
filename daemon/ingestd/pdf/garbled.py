"""A cheap judge of whether text can be text: fonts without a usable Unicode map give letters at random."""

from __future__ import annotations

import re

SAMPLE = 1500
"""Characters looked at."""
MIN_LETTERS = 60
UNMAPPED = 0.3
"""Share of characters without a Unicode value from which a page is not to be trusted."""

_COMMON = "eaoin"
"""Letters that make up a third of any text in Latin script: where they come near it, no more is asked."""

_ODD = re.compile(r"[^\w\s.,;:!?'\"()\[\]{}<>/\\|@#$%&*+=~^`´°§©®™€£¥•·–—‘’“”„«»…-]")
_LATIN_WORD = re.compile(r"[a-z]{4,}", re.I)
_VOWELS = frozenset("aeiouyAEIOUY\u0130\u0131")
"""Those among what the pattern before takes for Latin letters."""


def is_garbled(text: str, unmapped: float) -> bool:
    """Whether the text of a page is not to be trusted."""
    sample = text[:SAMPLE]
    if len(sample) < MIN_LETTERS or _is_plainly_latin(sample):
        return False
    if unmapped > UNMAPPED:
        return True
    return (_is_odd(sample) or _is_without_vowels(sample)) and sum(map(str.isalpha, sample)) >= MIN_LETTERS


def _is_odd(sample: str) -> bool:
    return len(_ODD.findall(sample)) > 0.35 * len(sample)


def _is_without_vowels(sample: str) -> bool:
    words = _LATIN_WORD.findall(sample)
    return len(words) >= 12 and sum(map(_VOWELS.isdisjoint, words)) > 0.5 * len(words)


def _is_plainly_latin(sample: str) -> bool:
    found = 0
    for letter in _COMMON:
        found += sample.count(letter)
        if found > 0.2 * len(sample):
            return True
    return False
