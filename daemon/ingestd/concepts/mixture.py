"""Which models speak for a text: by its length, its language and its manner.

Phrases name the subject of a technical text, single words that of a story; experimental sciences, with their
Latin and Greek, stand between. Counting the commonest words is hard to beat on the last two, so words lead
there. The turning points below are set by hand, so that hardly any paper or paragraph of the sets that the
weights are fitted on counts as a story.
"""

from __future__ import annotations

from typing import NamedTuple

from ingestd.concepts.candidates import Candidates
from ingestd.concepts.features import NAMES
from ingestd.concepts.language import Manner
from ingestd.concepts.models import Model
from ingestd.concepts.weights import (
    LONG,
    LONG_ANY,
    LONG_WORDS,
    LONG_WORDS_ANY,
    SHORT,
    SHORT_ANY,
    SHORT_WORDS,
    SHORT_WORDS_ANY,
)

_SHORT, _LONG = 300, 700
"""Candidate words up to which the short models speak alone, from which the long ones do."""
_LEVEL = 1.5
"""Log-odds by which the words' model stands above: being part of a key is likelier than being one."""
_NAMES = 1.2
"""Weight that names (phrases of capitals) gain in a story."""
_AGAIN = 0.5
"""Weight that a word's count gains in a story."""
_COUNT = NAMES.index("count")
_CAPITALS = NAMES.index("capitals")
_DOUBT = 40
"""Words of no manner added to a sample, so that two marks in a line prove nothing."""


class Mixture(NamedTuple):
    """The sums for phrases and for single words of one document."""

    phrases: Model
    words: Model


def mixture(found: Candidates) -> Mixture:
    """The models for what was gathered."""
    english = found.language == "en"
    length = _ramp(found.length, _SHORT, _LONG)
    if english:
        phrases, words = SHORT.mixed(LONG, length), SHORT_WORDS.mixed(LONG_WORDS, length)
    else:
        phrases, words = SHORT_ANY.mixed(LONG_ANY, length), SHORT_WORDS_ANY.mixed(LONG_WORDS_ANY, length)
    story, field = _story(found.manner, english), _field(found.manner)
    share = max(story, 0.15 + 0.15 * length + 0.35 * field)
    bonus = max(2.5 * story, 0.2 + 0.3 * length + (0.5 + 0.7 * length) * field)
    words = words.weighted(_COUNT, _AGAIN * story)
    return Mixture(
        phrases.weighted(_CAPITALS, _NAMES * story), phrases.mixed(words, share, bonus - _LEVEL * share)
    )


def _story(manner: Manner, english: bool) -> float:
    """From 0 to 1: how much the text tells of people and events."""
    told = manner.narrative / (manner.words + _DOUBT)
    explained = manner.technical / (manner.words + _DOUBT)
    if english:
        return _ramp(told - explained / 3, 0.009, 0.018)
    return _ramp(told - explained, -0.015, 0.005)


def _field(manner: Manner) -> float:
    """From 0 to 1: how much it reports what was done and seen, in an experimental science."""
    return _ramp(manner.observed / (manner.words + _DOUBT), 0.012, 0.032)


def _ramp(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))
