"""Tests of the ends of sentences."""

from __future__ import annotations

import pytest

from ingestd.chunking.sentences import ends_sentence, is_caseless, sentence_ends


def ends_of(text: str) -> list[int]:
    return list(sentence_ends(text, is_caseless(text)))


@pytest.mark.parametrize(
    "text",
    [
        "It was shown by Smith et al. There is more.",
        "See Fig. 3 and Eq. 4, or Table 5. Results of No. 7",
        "Written by J. R. R. Tolkien in 1937.",
        "It costs 3.50 or 1.000,5 today.",
        "Many animals, e.g. Dogs, i.e. pets.",
        "Made in the U.S. Army camp.",
        "Am 3. Mai kam Prof. Dr. Huber, z. B. Vormittags.",
        "Voir M. Dupont et Mme. Durand à 5 h.",
        "El Sr. Gómez y la Sra. Pérez viven aquí.",
        "And so on. . . . . then 12",
        "approx. five of them.",
        "Dr. No",
    ],
)
def test_what_only_looks_like_an_end(text: str) -> None:
    """Abbreviations, initials, ordinals and decimal points end no sentence."""
    ends = [end for end in ends_of(text) if end < len(text)]
    assert ends == []


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three?", ["One.", "One. Two!"]),
        ('He said "No." Then left.', ['He said "No."']),
        ("It ends in 2017. Then more.", ["It ends in 2017."]),
        ("für alle x. Das gilt.", ["für alle x."]),
        ("これは文です。次の文です。", ["これは文です。"]),
        ("यह वाक्य है। दूसरा वाक्य।", ["यह वाक्य है।"]),
        ("tokens apart . Next one", ["tokens apart ."]),
    ],
)
def test_ends(text: str, sentences: list[str]) -> None:
    """Real ends are found in any script, behind the quote that closes them; the text's own end is none."""
    assert [text[:end] for end in ends_of(text)] == sentences


def test_text_without_capitals() -> None:
    """Where a text has no capitals, a small letter after a full stop begins a sentence."""
    text = "the company had a loss of 3 million in that year. a deferred tax was paid."
    assert ends_of(text) == [text.index(". a") + 1]


def test_ends_sentence_looks_through_closers() -> None:
    """A closing quote or bracket after the full stop is part of the sentence."""
    assert ends_sentence('so."', 4)
    assert not ends_sentence("so", 2)
    assert not ends_sentence("", 0)
