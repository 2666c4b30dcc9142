"""The judge of plausibility."""

from __future__ import annotations

import pytest

from ingestd.pdf.garbled import is_garbled
from tests.pdf.making import Page, make, read

ENGLISH = (
    "The engine reads every page in order and keeps what it finds in a safe place while others wait. " * 4
)


@pytest.mark.parametrize(
    "text",
    [
        ENGLISH,
        "Der schnelle Fuchs springt über den faulen Hund und läuft dann ohne Umwege nach Hause zurück. " * 3,
        "漏電遮断機構と検知機構を一つの箱内に収めたものは、漏電遮断器と解釈し、対象として取り扱う。" * 4,
        "انواع الخطوط العربية كثيرة ومنها الكوفي والنسخ والثلث والرقعة والديواني وغيرها من الخطوط " * 3,
        "Быстрая лиса прыгает через ленивую собаку и потом бежит домой без остановки по дороге " * 3,
        "12 34.5 67,8 9 10 11.5 12,3 400 500 600 70 80 90 100 " * 5,
    ],
)
def test_text_in_any_script_is_trusted(text: str) -> None:
    """Scripts, and tables of figures."""
    assert not is_garbled(text, 0.0)


def test_readable_text_without_unicode_map_is_trusted() -> None:
    """Old bitmap fonts name nothing and are right all the same."""
    assert not is_garbled(ENGLISH, 0.9)


@pytest.mark.parametrize(
    ("text", "unmapped"),
    [
        ("'! #\"$%&(')*+,-./.!021#3547680:9<;=?>A@CBEDF0F>G=#4H.!0IB%JKB?.MLN0235O#=" * 4, 0.9),
        ("Xkcd bvcx qwrt zxcv mnbv plkj hgfd trwq sdfg wxcv bnmp lkjh gfds rtwq zxcv mnbv" * 4, 0.0),
    ],
)
def test_letters_at_random_are_not(text: str, unmapped: float) -> None:
    """What no reader could read is said to be so."""
    assert is_garbled(text, unmapped)


def test_garbled_pages_name_no_concepts() -> None:
    """Their text is kept and said to be garbled; the other pages name what the document is about."""
    rubbish = [
        f"Xkcd bvcx{chr(97 + i)} qwrt zxcv mnbv plkj hgfd trwq sdfg wxcv bnmp lkjh gfds rtwq"
        for i in range(12)
    ]
    sound = ["Careful engines read pages.", "A careful engine waits.", "The reading engine keeps its pages."]
    extract = read(make([Page().lines(50, 80, rubbish), Page().lines(50, 80, sound)]))
    assert [page.garbled for page in extract.pages] == [True, False]
    assert "plkj" in extract.pages[0].text
    assert extract.concepts
    assert all(concept.pages == (2,) for concept in extract.concepts)
