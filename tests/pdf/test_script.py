"""Pages in scripts that run to the left, and in scripts without spaces."""

from __future__ import annotations

import itertools

import pytest

from tests.pdf.making import Page, make, read

ALIKE = "bdghknopquvxy"
"""Letters that are all half an em wide; they stand for alef and what follows."""
HEBREW = "\n".join(f"<{ord(letter):02X}> <{0x05D0 + i:04X}>" for i, letter in enumerate(ALIKE))
KANA = "\n".join(f"<{ord(letter):02X}> <{0x3042 + 2 * i:04X}>" for i, letter in enumerate(ALIKE))


def lines(first: int, count: int) -> list[str]:
    """As they are read, in the bytes of the font; all about as wide."""
    return [" ".join(ALIKE[(first + i + k) % 9 :][:4] for k in range(7)) for i in range(count)]


def hebrew(text: str) -> str:
    """What the page shows, in letters."""
    return text.translate({ord(letter): 0x05D0 + i for i, letter in enumerate(ALIKE)})


def line(page: Page, right: float, y: float, text: str) -> None:
    """A line up to its right edge, as typesetters write it: in the order in which it is seen from the left."""
    width = 5 * len(text) - 2.5 * text.count(" ")
    page.line(right - width, y, text[::-1], font="F4")


def text_of(page: Page) -> str:
    """Of a page whose letters are Hebrew."""
    return read(make([page], unicode_map=HEBREW)).pages[0].text


@pytest.mark.parametrize("left_first", [False, True])
def test_columns_are_read_from_the_right(left_first: bool) -> None:
    """Whichever the stream has first."""
    columns = [(545, lines(0, 8)), (270, lines(4, 8))]
    page = Page()
    for right, texts in reversed(columns) if left_first else columns:
        for i, text in enumerate(texts):
            line(page, right, 80 + 12 * i, text)
    assert " ".join(text_of(page).split()) == hebrew(" ".join(columns[0][1] + columns[1][1]))


def test_paragraphs_end_where_their_last_line_is_short_on_the_left() -> None:
    """The full edge of the text is on the left, indents are on the right."""
    texts = lines(0, 6)
    texts[2] = texts[2][:14]
    texts[0], texts[3] = texts[0][:-5], texts[3][:-5]
    page = Page()
    for i, text in enumerate(texts):
        line(page, 525 if i in (0, 3) else 545, 80 + 12 * i, text)
    assert text_of(page) == hebrew(f"{' '.join(texts[:3])}\n\n{' '.join(texts[3:])}")


def test_lines_of_scripts_without_spaces_are_joined_without_any() -> None:
    """Also when all letters have one width: that is no sign of code there."""
    page = Page()
    for i in range(3):
        page.line(50, 80 + 12 * i, ALIKE, font="F5")
    text = read(make([page], unicode_map=KANA)).pages[0].text
    assert text == "".join(itertools.repeat("".join(chr(0x3042 + 2 * i) for i in range(len(ALIKE))), 3))
