"""Which kind of text is before us decides between phrases and words."""

from __future__ import annotations

import pytest

from ingestd.concepts import gather, rank
from ingestd.concepts.mixture import mixture
from tests.concepts.test_extract import PAPER, STORIES


def singles(text: str) -> int:
    return sum(" " not in concept.text for concept in rank(gather(text), 10))


@pytest.mark.parametrize("language", STORIES)
def test_words_lead_in_a_story(language: str) -> None:
    """A story, in any language, is told by words."""
    assert singles(STORIES[language]) >= 8


def test_phrases_lead_in_a_technical_text() -> None:
    """A technical text is told by phrases."""
    assert singles(PAPER) <= 5


def test_words_gain_where_cells_and_species_are_observed() -> None:
    """An experimental report stands between: more words than in a text on machines."""
    report = (
        "The mutant strains were grown in blood serum. Infected mice were given the antibody, and tissue samples "
        "were taken. Serum antibody titres were higher in infected mice. Gene expression in tissue was measured. "
    )
    assert mixture(gather(report)).words.weights[0] > mixture(gather(PAPER)).words.weights[0]


def test_kinds_pass_into_each_other() -> None:
    """Sentence by sentence of a story, words gain and never lose, and there are steps between the two kinds."""
    told = "He said that she was told on Monday. "
    gains = [mixture(gather(PAPER * 12 + told * n)).words.weights[0] for n in range(12)]
    assert gains == sorted(gains)
    assert len({round(gain, 3) for gain in gains}) > 2
