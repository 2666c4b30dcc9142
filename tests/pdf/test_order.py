"""Reading order."""

from __future__ import annotations

from itertools import chain

import pytest

from tests.pdf.making import Page, text_of, words

LEFT = [words(7, 7 * i) for i in range(12)]
RIGHT = [words(7, 90 + 7 * i) for i in range(12)]


def flat(text: str) -> str:
    """Text without its line ends."""
    return " ".join(text.split())


def test_order_of_a_sound_stream_stays() -> None:
    """Two columns written one after the other are left as they are."""
    page = Page().lines(50, 80, LEFT).lines(320, 80, RIGHT)
    assert flat(text_of(page)) == flat(" ".join(LEFT + RIGHT))


def test_columns_written_row_by_row_are_read_column_by_column() -> None:
    """Each row's left and right half belong to different columns."""
    page = Page()
    for i, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
        page.line(50, 80 + 12 * i, left).line(320, 80 + 12 * i, right)
    assert flat(text_of(page)) == flat(" ".join(LEFT + RIGHT))


def test_a_scrambled_stream_is_put_in_order() -> None:
    """Lines written in any order come out from top to bottom."""
    page = Page()
    for i in (5, 11, 0, 8, 2, 10, 1, 7, 3, 9, 4, 6):
        page.line(50, 80 + 12 * i, LEFT[i])
    assert flat(text_of(page)) == flat(" ".join(LEFT))


def test_boxes_side_by_side_are_read_one_after_the_other() -> None:
    """Cards in a grid, each written whole, keep the stream's order."""
    cards = [[words(6, 13 * k + 5 * i) for i in range(4)] for k in range(6)]
    page = Page()
    for k, card in enumerate(cards):
        page.lines(50 + 270 * (k % 2), 80 + 90 * (k // 2), card)
    assert flat(text_of(page)) == flat(" ".join(chain(*cards)))


def test_a_table_is_read_row_by_row() -> None:
    """Cells are no columns; each row is one line of the block."""
    page = Page().lines(50, 80, LEFT[:4])
    for i in range(5):
        page.line(80, 150 + 14 * i, f"name{i}").line(200, 150 + 14 * i, f"{i}5").line(
            320, 150 + 14 * i, f"{i}.25"
        )
    rows = "\n".join(f"name{i}  {i}5  {i}.25" for i in range(5))
    assert text_of(page.lines(50, 240, RIGHT[:4])).split("\n\n")[1] == rows


def test_headings_over_both_columns_come_first() -> None:
    """A line across the gutter parts the columns above it from those below."""
    page = Page()
    for i, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
        page.line(50, 120 + 12 * i, left).line(320, 120 + 12 * i, right)
    title = "A title that goes over both of the columns and more words"
    page.line(100, 80, title, 16)
    assert flat(text_of(page)) == flat(" ".join([title, *LEFT, *RIGHT]))


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_turned_pages_are_turned_first(rotate: int) -> None:
    """Text that runs along any side of the page is read as it stands upright."""
    turns = {0: "1 0 0 1 0 0", 90: "0 1 -1 0 595 0", 180: "-1 0 0 -1 595 842", 270: "0 -1 1 0 0 842"}
    page = Page(rotate)
    page.raw(f"q {turns[rotate]} cm")
    for i, (left, right) in enumerate(zip(LEFT[:6], RIGHT[:6], strict=True)):
        page.line(40, 400 + 12 * i, left).line(300, 400 + 12 * i, right)
    page.raw("Q")
    assert flat(text_of(page)) == flat(" ".join(LEFT[:6] + RIGHT[:6]))


def test_arabic_like_columns_keep_every_letter() -> None:
    """Nothing is lost by re-ordering: the letters of the page are those of the stream."""
    page = Page()
    for i in (3, 1, 4, 0, 2, 5):
        page.line(50 + 40 * i, 80 + 30 * i, LEFT[i])
    assert sorted(flat(text_of(page)).replace(" ", "")) == sorted("".join(LEFT[:6]).replace(" ", ""))
