"""Tests of the C module: it finds what Python finds, in any text."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestd.chunking import borders, native, partition
from ingestd.chunking.harm import HEADING, Border
from ingestd.chunking.kinds import kinds_of
from ingestd.chunking.sentences import weight_of
from tests.chunking.texts import HOSTILE, PIECES, PROSE, texts

T = TypeVar("T")

pytestmark = pytest.mark.skipif(native.native is None, reason="built without a compiler")

MARKS = [
    *".!?。",
    *"\"')]}*_[{(",
    *",:;|-•",
    *" \t\u3000\xa0\r\n\f\v\x1c\x85\u2028",
    *"aAbixIX19²٣ßǅ漢ไ\u0301𐐀𐐨🙂\ud800\0",
]
marks = st.lists(st.sampled_from([*MARKS, "No", "Fig", "e.g", "seventy", " ", "\n"]), max_size=150).map(
    "".join
)


def extent(text: str) -> tuple[int, int]:
    return len(text) - len(text.lstrip()), len(text.rstrip())


def slowly(call: Callable[[], T]) -> T:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native, "native", None)
        return call()


def agree(text: str) -> list[Border]:
    """The borders that both find."""
    first, last = extent(text)
    if first >= last:
        return []
    found = borders.strong_borders(text, first, last)
    assert slowly(lambda: borders.strong_borders(text, first, last)) == found
    return found


@given(st.one_of(marks, texts))
@settings(max_examples=600, deadline=None)
def test_any_text_has_the_same_borders(text: str) -> None:
    """Offsets and harms are equal, whatever the characters."""
    agree(text)


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_have_the_same_borders(unit: str) -> None:
    """So they are where one thing repeats without end."""
    agree(unit * (20_000 // len(unit)))


def test_long_texts_have_the_same_borders_and_cuts() -> None:
    """Made documents are cut alike; enough of them to meet every kind of border."""
    chance = random.Random(7)
    harms = set()
    for _ in range(60):
        text = "".join(chance.choices([*PIECES, *MARKS, PROSE], k=chance.randrange(1, 400)))
        harms |= {harm for _, _, harm in agree(text)}
        found = borders.borders(text, [(40, 60), (500, 530)])
        assert slowly(lambda found=found: partition.partition(found)) == partition.partition(found)  # type: ignore[misc]
    assert len(harms) == 6


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 9), st.sampled_from([HEADING, 0.0, 0.3, 1.4]))))
def test_the_same_cuts_are_chosen(steps: list[tuple[int, int, float]]) -> None:
    """Of equally good cuts too the same one."""
    found, place = [(0, 0, 0.0)], 0
    for length, space, harm in steps:
        found.append((place + length, place + length + space, harm))
        place += length + space
    assert slowly(lambda: partition.partition(found)) == partition.partition(found)


@pytest.mark.parametrize("found", [[(0, 0, 0.0), (1000, 1000, 0.0)], [(9, 9, 0.0), (5, 5, 0.0)]])
def test_borders_that_make_no_chunks_are_refused(found: list[Border]) -> None:
    """Too far apart, or not in order: an error, nothing worse."""
    with pytest.raises(ValueError, match="not in order, or too far apart"):
        partition.partition(found)


@pytest.mark.parametrize("place", [(-1, 3), (2, 1), (0, 4)])
def test_an_extent_outside_the_text_is_refused(place: tuple[int, int]) -> None:
    """Nothing is read beyond the text."""
    with pytest.raises(ValueError, match="outside the text"):
        native.native.strong("abc", place, False, (0.0,) * 6, kinds_of, weight_of)


def test_errors_of_what_it_asks_come_through() -> None:
    """An exception in the calls back to Python ends the search and is raised."""

    def fails(_: object) -> int:
        raise KeyError("asked")

    with pytest.raises(KeyError, match="asked"):
        native.native.strong("It is so. \U000e0f0f", (0, 11), False, (0.0,) * 6, fails, weight_of)
    with pytest.raises(KeyError, match="asked"):
        native.native.strong("It is so. Or not.", (0, 17), False, (0.0,) * 6, kinds_of, fails)
