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
_VOWEL = re.compile(r"[aeiouyàâäáåæèéêëìíîïòóôöøœùúûüý]", re.I)


def is_garbled(text: str, unmapped: float) -> bool:
    """Whether the text of a page is not to be trusted."""
    sample = text[:SAMPLE]
    if len(sample) < MIN_LETTERS or _is_plainly_latin(sample):
        return False
    if unmapped > UNMAPPED:
        return True
    if sum(map(str.isalpha, sample)) < MIN_LETTERS:
        return False
    if len(_ODD.findall(sample)) > 0.35 * len(sample):
        return True
    words = _LATIN_WORD.findall(sample)
    if len(words) < 12:
        return False
    return sum(1 for word in words if not _VOWEL.search(word)) > 0.5 * len(words)


def _is_plainly_latin(sample: str) -> bool:
    found = 0
    for letter in _COMMON:
        found += sample.count(letter)
        if found > 0.2 * len(sample):
            return True
    return False
