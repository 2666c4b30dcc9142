"""The C module for lines beside the plain way."""

from __future__ import annotations

import math
import random
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestd.pdf import native, order, paragraphs
from ingestd.pdf.layout import Line
from tests.pdf.making import Page, read, words
from tests.pdf.making import make as make_pdf

compiled = pytest.mark.skipif(
    native.native is None, reason="the C module is not built: no compiler was there"
)

PARTS = [
    *("a", "word", "Word", " ", " ", " ", "-", "\u2010", "\xad", ".", ":", ",", ")", "”", "12"),
    *("(iv) a", "[1] x", "1. Item", "• item", "•", "é", "ß", "É", "日本", "。", "ａ", "\U00020000"),
    *("\U0001f600", "\ud800", "\0", "\u0660", "long enough for a column"),
]
texts = st.lists(st.sampled_from(PARTS), min_size=1, max_size=6).map("".join)
steps = st.sampled_from([-700.0, -14.0, -3.0, 0.0, 0.0, 4.0, 12.0, 12.0, 12.0, 12.0, 13.5, 19.0, 40.0, 120.0])


@st.composite
def pages(draw: st.DrawFn) -> list[Line]:
    """Lines of few different places, sizes and looks, so that most of what is asked is answered both ways."""
    base = 80.0
    found = []
    for text in draw(st.lists(texts, min_size=1, max_size=40)):
        base += draw(steps)
        x0 = draw(st.sampled_from([50.0, 50.0, 50.0, 52.5, 60.0, 61.3, 260.0, 420.0]))
        x1 = x0 + draw(st.sampled_from([5.0, 90.0, 180.4, 200.0, 200.6, 200.9, 203.0]))
        size = draw(st.sampled_from([10.0, 10.0, 10.0, 10.1, 7.0, 14.0]))
        look = draw(st.sampled_from([0, 0, 0, 1, 2, 3]))
        follows, turned = draw(st.sampled_from([(0, 0), (0, 0), (0, 0), (1, 0), (0, 1)]))
        found.append(Line(text, x0, x1, base, size, look, follows, turned))
    return found


@compiled
@settings(max_examples=300, deadline=None)
@given(pages())
def test_both_ways_agree(lines: list[Line]) -> None:
    """Order, rows and ties of a page are the same with the C module and without it."""
    rows = native.native.in_order(lines)
    assert rows == order._in_order_plainly(lines)
    assert all(type(row) is Line for row in rows)
    for some in (lines, rows):
        assert native.native.ties(some, paragraphs._MARK.match) == paragraphs._ties_plainly(some)


def columns(chance: random.Random) -> list[Line]:
    """A page of columns, boxes and lines that span them, row by row or mixed up."""
    lefts = sorted(chance.sample([50.0, 120.0, 200.0, 260.0, 330.0, 420.0, 500.0], chance.randrange(1, 6)))
    bases = [80.0] * len(lefts)
    found = []
    for _ in range(chance.randrange(60)):
        i = chance.randrange(len(lefts))
        bases[i] += chance.choice([12.0, 12.0, 12.0, 11.5, 0.0, 30.0, 200.0, -200.0])
        end = (
            [*lefts, 620.0][i + 1]
            - chance.choice([3.0, 4.5, 8.0, 8.0, 20.0])
            + 200 * (chance.random() < 0.04)
        )
        text = "x" * chance.choice([5, 12, 13, 14, 20, 30])
        x0 = lefts[i] + chance.choice([0.0, 0.0, 1.0])
        found.append(Line(text, x0, end, bases[i], 10.0, 0, chance.random() < 0.2, chance.random() < 0.03))
    return found


@compiled
@pytest.mark.parametrize("seed", range(60))
def test_columns_are_read_alike(seed: int) -> None:
    """Both ways find the same columns, however they are nested."""
    lines = columns(random.Random(seed))
    assert native.native.in_order(lines) == order._in_order_plainly(lines)


@compiled
def test_columns_in_columns_have_an_end() -> None:
    """A page may have as many as it likes: they are cut so often and no more, and none of it is lost."""
    lefts = [55 * i + i * i / 90 for i in range(1000)]
    lines = [Line("y" * 14, x0, x0 + 50, 80 + 12 * row, 1) for x0 in lefts for row in range(3)]
    random.Random(1).shuffle(lines)
    found = order._in_order_plainly(lines)
    assert native.native.in_order(lines) == found
    assert sum(line.text.count("y") for line in found) == 14 * len(lines)


@compiled
def test_places_that_are_none_do_no_harm() -> None:
    """A file may say that something stands nowhere, or at the end of the world."""
    odd = [math.nan, math.inf, -math.inf, 1e308, -0.0, 5e-324]
    places = [[odd[i % 6], odd[i // 6 % 6], odd[i // 36 % 6], odd[i // 7 % 6]] for i in range(432)]
    lines = [
        Line("odd words in a row " * (i % 3 + 1), *place, i % 4, i % 5 == 0) for i, place in enumerate(places)
    ]
    assert len(native.native.ties(native.native.in_order(lines), paragraphs._MARK.match)) <= len(lines)


@compiled
@pytest.mark.parametrize(
    "line",
    [
        None,
        (),
        ("a", 1, 2),
        ("", 1, 2, 3, 4, 0, 0, 0),
        (1, 1, 2, 3, 4, 0, 0, 0),
        ("a", "b", 2, 3, 4, 0, 0, 0),
    ],
)
def test_what_is_no_line_is_an_error(line: object) -> None:
    """And never a crash."""
    good = Line("good", 1, 2, 3, 4)
    for call in (native.native.in_order, lambda lines: native.native.ties(lines, str)):
        with pytest.raises((TypeError, ValueError)):
            call([good, line])


@compiled
def test_an_error_of_the_question_is_passed_on() -> None:
    """What the asked pattern raises is raised."""

    def fail(_text: str) -> None:
        raise LookupError("asked")

    lines = [Line("Some words.", 50, 250, 80, 10), Line("1. Item", 50, 250, 92, 10)]
    with pytest.raises(LookupError, match="asked"):
        native.native.ties(lines, fail)


@compiled
def test_nothing_leaks() -> None:
    """Lines that were looked at are as free as before."""
    lines = [
        Line(
            "some words in a line of it -",
            50.0 + i % 2 * 300,
            250.0 + i % 2 * 300,
            80.0 + i // 2 * 12,
            10.0,
            0,
            i % 2,
        )
        for i in range(40)
    ]
    held = [sys.getrefcount(line) for line in lines]
    for _ in range(100):
        native.native.ties(native.native.in_order(lines), paragraphs._MARK.match)
    assert held == [sys.getrefcount(line) for line in lines]


def test_all_goes_on_without_the_c_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no compiler was, the text is the same."""
    page = (
        Page()
        .lines(50, 80, [words(9, i) for i in range(9)])
        .lines(50, 220, ["1. One item of a list", "2. Another one"])
    )
    with_it = read(make_pdf([page])).pages
    monkeypatch.setattr(order, "native", None)
    monkeypatch.setattr(paragraphs, "native", None)
    assert read(make_pdf([page])).pages == with_it
