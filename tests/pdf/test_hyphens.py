"""Words parted at a line's end."""

from __future__ import annotations

import pytest

from ingestd.pdf import hyphens
from ingestd.pdf.hyphens import Written, count_words, join, kept_whole
from tests.pdf.making import Page, text_of


def test_a_parted_word_is_joined() -> None:
    """The usual case."""
    page = Page().lines(
        50, 80, ["some words before the hyphen that ends the line with an inter-", "national word."]
    )
    assert "an international word." in text_of(page)


def test_the_documents_own_spelling_decides() -> None:
    """A word that the document writes with a hyphen elsewhere keeps it, wherever that is."""
    first = Page().lines(
        50, 80, ["some words before the hyphen that ends the line with the long-", "term plan."]
    )
    second = Page().lines(50, 80, ["another page speaks of the long-term plan again."])
    assert "the long-term plan." in text_of(first, second).split("\f")[0]


@pytest.mark.parametrize(
    ("left", "right", "joined"),
    [
        ("the inter-", "national word", "the international word"),
        ("in Jean-", "Luc’s house", "in Jean-Luc’s house"),
        ("a state-of-the-", "art thing", "a state-of-the-art thing"),
        ("pages 10-", "20 of it", "pages 10-20 of it"),
        ("UNITED NA-", "TIONS", "UNITED NATIONS"),
        ("a soft\xad", "ened word", "a softened word"),
        ("Donaudampf\u2010", "schiff", "Donaudampfschiff"),
        ("long-", "term plan", "long-term plan"),
    ],
)
def test_join(left: str, right: str, joined: str) -> None:
    """What is joined and what keeps its hyphen."""
    assert join(left, right, frozenset({"long-term"})) == joined


def test_joined_spelling_wins_where_it_is_commoner() -> None:
    """Once with a hyphen and twice without is without."""
    words, hyphenated = count_words(["email email e-mail", "long-term, (long-term)"])
    assert kept_whole(words, hyphenated) == {"long-term"}


def test_counting_only_what_is_asked_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole document, whose words are counted when they are asked for, is decided upon as a range is."""
    texts = [
        "email and e-mail, co-operate",
        "Cooperate cooperate long-term e-",
        "mail a\u2010b a-\xa0b -- co-",
    ]
    counted = kept_whole(*count_words(texts))
    asked = ["e-mail", "co-operate", "long-term", "a-b", "a-\xa0b", "--", "e-", "mail", ""]
    for few in (0, len(asked)):
        monkeypatch.setattr(hyphens, "FEW_WORDS", few)
        written = Written(texts)
        assert [word in written for word in asked] == [word in counted for word in asked]
